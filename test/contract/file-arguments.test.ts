import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'

const sandbox = new Sandbox()
const path = sandbox.write('a.txt', 'a')
sandbox.write('docs/deep/b.txt', 'b')
sandbox.write('secret.txt', 'outside')
sandbox.write('root/inside.txt', 'inside')
after(() => sandbox.remove())

/** What a query, a form or a JSON body puts in the place of a path. */
const arrays: readonly (readonly [string, unknown])[] = [
  ['an empty array', []],
  ['an array of texts', ['<script>alert(1)</script>', '']],
  ['an array of a path', [path]],
  ['an array of numbers', [1, 2]],
  ['an array of arrays', [[path]]],
  ['an array of bytes', [Buffer.from('x')]],
]
const otherValues: readonly (readonly [string, unknown])[] = [
  ['an object', { a: 'b' }],
  ['an object that looks like bytes', { type: 'Buffer', data: [1], length: 1 }],
  ['an object with a size and no function', { size: 3, read: 'abc' }],
  ['a number', 5],
  ['null', null],
  ['undefined', undefined],
  ['an empty text', ''],
]

contract('a source that is no file', ({ serve, askForError }) => {
  for (const call of ['file', 'download'] as const) {
    for (const [title, source] of [...arrays, ...otherValues]) {
      it(`${title} is refused by ${call}() with an error that names the call`, async () => {
        const app = await serve((target) => target[call](source as string))
        const { status, text } = await askForError(app)
        expect(status).to.equal(500)
        expect(text).not.to.include('alert(1)</script>')
        expect(app.errors).to.have.length(1)
        expect(app.errors[0]).to.include({ code: 'INVALID_ARGUMENT' })
        expect(app.errors[0]?.message).to.match(new RegExp(`^${call}\\(\\): source must be `))
      })
    }
  }
})

contract('a source below a root', ({ serve, answer, askForError }) => {
  const { root } = sandbox

  /** A root of the call, and one of the app. */
  const roots = [
    ['of the call', { options: { root }, kit: {} }],
    ['of the app', { options: {}, kit: { files: { root } } }],
  ] as const

  for (const [title, { options, kit }] of roots) {
    it(`${title}: the array of a wildcard is the path that it was in the URL`, async () => {
      const parts = ['docs', 'deep', 'b.txt'] as unknown as string
      const { status, text, headers } = await answer((target) => target.file(parts, options), {}, { kit })
      expect([status, text, headers['content-type']?.toLowerCase()]).to.deep.equal([
        200,
        'b',
        'text/plain; charset=utf-8',
      ])
    })

    for (const [parts, status] of [
      [['..', 'secret.txt'], 403],
      [['docs', '..', '..', 'secret.txt'], 403],
      [['', 'etc', 'passwd'], 403],
      [['docs\\deep'], 403],
      [['docs', '.hidden'], 404],
      [['docs', 'missing.txt'], 404],
      [['docs'], 404],
      [['a\0b'], 400],
    ] as const) {
      it(`${title}: ${JSON.stringify(parts)} is ${status}, as the same path in one text`, async () => {
        for (const source of [parts as unknown as string, parts.join('/')]) {
          const app = await serve((target) => target.file(source, options), { kit })
          expect((await askForError(app)).status).to.equal(status)
        }
      })
    }

    it(`${title}: an array that is no path in parts is refused`, async () => {
      for (const source of [[], [1], ['a', Buffer.from('b')], [['a.txt']]]) {
        const app = await serve((target) => target.download(source as unknown as string, undefined, options), { kit })
        expect((await askForError(app)).status).to.equal(500)
        expect(app.errors[0]?.message).to.match(/^download\(\): source must be /)
      }
    })
  }

  it('of the call: only a path is a source', async () => {
    const sources = [
      Buffer.from('x'),
      new Blob(['x']),
      new Set(['x']),
      { size: 1, read: () => Buffer.from('x') },
      (async function* () {
        yield 'x'
      })(),
    ]
    for (const source of sources) {
      const app = await serve((target) => target.file(source, { root, type: 'text/html' }))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]?.message).to.match(/^file\(\): source must be a path, as there is an option 'root'/)
    }
  })

  it('of the app: bytes of the handler stay a source', async () => {
    const { text } = await answer((target) => target.file(Buffer.from('own')), {}, { kit: { files: { root } } })
    expect(text).to.equal('own')
  })
})

contract('options after the callback of download()', ({ serve }) => {
  it('are refused: a root among them would be ignored', async () => {
    let refusal: any
    const app = await serve((target: any) => {
      try {
        target.download('docs/deep/b.txt', () => undefined, { root: '/srv' })
      } catch (error) {
        refusal = error
      }
      target.text('sent')
    })
    expect((await request(app.port)).text).to.equal('sent')
    expect(refusal?.message).to.match(/^download\(\): options must be before the callback, got /)
  })
})
