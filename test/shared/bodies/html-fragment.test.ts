import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseFragment } from 'parse5'
import { html, Reply } from '../../../src/index.js'
import { importSecondCopy } from '../../support/second-copy.js'

/** What an HTML parser (parse5, HTML §13.2) makes of a page with one element: its attribute and its text. */
function read(page: string): { elements: number; attribute: string | undefined; text: string } {
  const { childNodes } = parseFragment(page)
  const [element] = childNodes as any[]
  return {
    elements: childNodes.length,
    attribute: element?.attrs[0]?.value,
    text: element?.childNodes.map((node: any) => node.value ?? `<${node.nodeName}>`).join('') ?? '',
  }
}

describe('html`…`', () => {
  const hostile = [
    '<script>alert(1)</script>',
    '"onload="x',
    "' onclick='x",
    '&lt;',
    '&#60;b&#62;',
    '<!--',
    ']]>',
    '</p>',
    '`',
  ]
  for (const value of hostile) {
    it(`a parser reads ${value} as text, in an element and in an attribute with either quote`, () => {
      const expected = { elements: 1, attribute: value, text: value }
      expect(read(`${html`<p title="${value}">${value}</p>`}`)).to.deep.equal(expected)
      expect(read(`${html`<p title='${value}'>${value}</p>`}`)).to.deep.equal(expected)
    })
  }

  it('a parser reads any text as the same text', () => {
    // A parser replaces NUL, reads CR as LF, and refuses lone surrogates: no escaping changes that.
    const anyText = fc.string({ unit: 'binary' }).filter((text) => !/[\0\r]/.test(text))
    fc.assert(
      fc.property(anyText, (value) => {
        expect(read(`${html`<p title="${value}">${value}</p>`}`)).to.include({
          elements: 1,
          attribute: value,
          text: value,
        })
      }),
    )
  })

  const url = new URL('https://a.example/?a=1&b=2')
  for (const [name, fragment, expected] of [
    ['no value', html`<p>`, '<p>'],
    ['null, undefined and false are nothing', html`a${null}${undefined}${false}b`, 'ab'],
    ['true, 0 and an empty text are what they are', html`${true},${0},${''},${-0}`, 'true,0,,0'],
    ['numbers and bigints', html`${1.5} ${10n} ${Number.NaN}`, '1.5 10 NaN'],
    ['a fragment is not escaped twice', html`<b>${html`<i>${'<'}</i>`}</b>`, '<b><i>&lt;</i></b>'],
    ['a list joins without commas', html`${['a', '<', html`<br>`]}`, 'a&lt;<br>'],
    ['lists in lists', html`${[['a', [null, ['b']]], []]}`, 'ab'],
    ['an empty list', html`a${[]}b`, 'ab'],
    ['raw text', html`${html.raw('<br>')}${'<br>'}`, '<br>&lt;br&gt;'],
    ['a URL has a text of its own', html`<a href="${url}">`, '<a href="https://a.example/?a=1&amp;b=2">'],
    ['so has a URLSearchParams', html`${new URLSearchParams({ a: '1', b: '"' })}`, 'a=1&amp;b=%22'],
    [
      'so has an instance with toString()',
      html`${new (class Tag {
        toString = () => '<x>'
      })()}`,
      '&lt;x&gt;',
    ],
    ['bytes are UTF-8', html`${Buffer.from('<é>')}${new Uint8Array([38]).buffer}`, '&lt;é&gt;&amp;'],
    ['a list of another realm', html`${runInNewContext('["<", ["b"]]')}`, '&lt;b'],
  ] as const) {
    it(name, () => expect(String(fragment)).to.equal(expected))
  }

  for (const [name, value] of Object.entries<unknown>({
    'an object': { a: 1 },
    'an object without a prototype': Object.create(null),
    'an object of another realm': runInNewContext('({ a: 1 })'),
    'an object whose toString fails': {
      toString() {
        throw new Error('no')
      },
    },
    'an object whose toString is no function': { toString: 'x' },
    'a function': () => 'x',
    'a class': class A {},
    'a symbol': Symbol('s'),
    'a Reply': new Reply('x'),
    'a WeakMap': new WeakMap(),
  })) {
    it(`refuses ${name}, alone and in a list, and names the value`, () => {
      for (const given of [value, ['a', [value]]]) {
        expect(() => html`a${'b'}${given}`)
          .to.throw(TypeError, 'html: value 1 (counted from 0) must be a string')
          .with.property('code', 'INVALID_ARGUMENT')
      }
    })
  }

  it('refuses a list that is in itself, and one that is too deep', () => {
    const circle: unknown[] = []
    circle.push(circle)
    let deep: unknown = 'a'
    for (let depth = 0; depth < 5000; depth++) deep = [deep]
    for (const value of [circle, deep]) expect(() => html`${value}`).to.throw(RangeError, 'html: value 0')
  })

  it('refuses a template with an escape that JavaScript does not know', () => {
    expect(() => html`\u{zz}`).to.throw(TypeError, 'html: template')
  })

  it('raw() refuses what is no string', () => {
    for (const value of [undefined, null, 1, ['<br>'], html`<br>`, Buffer.from('a')]) {
      expect(() => html.raw(value as any)).to.throw(TypeError, 'html.raw: text must be a string')
    }
  })

  it('a list that a client sends is no template', () => {
    const list = JSON.parse('["<script>"]')
    expect(() => html(list)).to.throw(TypeError, 'html: body must be')
    expect(() => html(Object.assign(['<script>'], { raw: '<script>' }) as never)).to.throw(
      TypeError,
      'html: body must be',
    )
    expect(() => html(JSON.parse('{"0":"<script>","raw":["<script>"],"length":1}'))).to.throw(
      TypeError,
      'html: body must be',
    )
  })

  it('a fragment with something to wait for has no text', () => {
    for (const value of [Promise.resolve('a'), new Set(['a']), (async function* () {})(), new Blob(['a'])]) {
      expect(() => String(html`<p>${[value]}`))
        .to.throw('no text yet')
        .with.property('code', 'INVALID_ARGUMENT')
    }
  })

  it('a promise that rejects before the page is sent does not end the process', async () => {
    html`<p>${Promise.reject(new Error('unread'))}`
    await new Promise((resolve) => setImmediate(resolve))
  })

  it('is a text in JSON', () => {
    expect(JSON.stringify({ page: html`<p>${'&'}` })).to.equal('{"page":"<p>&amp;"}')
  })

  it('a fragment of another copy of the package is not escaped', async () => {
    const copy = await importSecondCopy('index.ts')
    expect(String(html`<b>${copy.html`<i>${'<'}</i>`}</b>`)).to.equal('<b><i>&lt;</i></b>')
  })
})
