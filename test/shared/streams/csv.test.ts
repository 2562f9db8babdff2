import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import type { CsvOptions } from '../../../src/index.js'
import { describeCsv } from '../../../src/shared/streams/csv.js'
import { nodeExchange } from '../../support/node-exchange.js'

async function write(rows: Iterable<unknown> | AsyncIterable<unknown>, options?: CsvOptions): Promise<string> {
  const { body } = describeCsv(nodeExchange(), rows as Iterable<object>, options)
  let text = ''
  for await (const chunk of await (body as any).open()) text += chunk
  return text
}

/** The cells as a spreadsheet reads them: only quotes at the beginning of a cell hold it together, and what follows them belongs to it. */
function cellsOf(text: string, delimiter: string): string[] {
  const cells: string[] = []
  let [cell, isQuoted, isStart] = ['', false, true]
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (isQuoted) {
      if (char !== '"') cell += char
      else if (text[at + 1] === '"') cell += text.charAt(at++)
      else isQuoted = false
    } else if (char === delimiter || char === '\r' || char === '\n') {
      cells.push(cell)
      ;[cell, isStart] = ['', true]
      continue
    } else if (isStart && char === '"') isQuoted = true
    else cell += char
    isStart = false
  }
  return [...cells, cell]
}

describe('csv: fields (RFC 4180 §2)', () => {
  for (const [name, value, expected] of [
    ['text', 'a', 'a'],
    ['spaces are part of a field', ' a ', ' a '],
    ['a comma', 'a,b', '"a,b"'],
    ['a quote', 'a"b', '"a""b"'],
    ['a line end', 'a\nb\r\nc', '"a\nb\r\nc"'],
    ['nothing', null, ''],
    ['undefined', undefined, ''],
    ['an empty text', '', ''],
    ['a number', -1.5, '-1.5'],
    ['a large number', 1e21, '1e+21'],
    ['zero', -0, '0'],
    ['a number that JSON does not have', Number.NaN, ''],
    ['minus infinity', Number.NEGATIVE_INFINITY, ''],
    ['a bigint', -10n, '-10'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['a date is ISO 8601', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a date of another realm', runInNewContext('new Date(0)'), '1970-01-01T00:00:00.000Z'],
    ['an invalid date', new Date(Number.NaN), ''],
    ['a URL is its text', new URL('https://a.example/?a,b'), '"https://a.example/?a,b"'],
    ['an object with toJSON', { toJSON: () => '=1' }, "'=1"],
    ['an object with toJSON that gives a number', { toJSON: () => -1 }, '-1'],
    ['an object is JSON', { a: 'b' }, '"{""a"":""b""}"'],
    ['a list is JSON', [1, 'a'], '"[1,""a""]"'],
  ] as const) {
    it(name, async () => expect(await write([['x', value]])).to.equal(`x,${expected}\r\n`))
  }

  for (const first of ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']) {
    it(`a formula after ${JSON.stringify(first)} is made harmless, in fields and headings (OWASP)`, async () => {
      const text = `${first}HYPERLINK("https://evil.example","x")`
      const [headings, fields] = parse(await write([{ [text]: text, b: 'a=1' }]))
      expect(headings).to.deep.equal([`'${text}`, 'b'])
      expect(fields).to.deep.equal([`'${text}`, 'a=1'])
      expect(parse(await write([[text]], { guard: false }))).to.deep.equal([[text]])
    })
  }

  it('no text is a formula, whichever delimiter the spreadsheet splits lines at', async () => {
    const signs = ['=', '+', '-', '@', '＝', '＋', '－', '＠']
    const piece = fc.constantFrom(...signs, 'a', '(1)', 'b!A1', '"', ' ', '\0', ',', ';', '\t', '|', '\n', '\r\n')
    const field = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom(',', ';', '\t', '|'),
        async (rows, delimiter, other) => {
          const cells = cellsOf(await write(rows, { delimiter }), other)
          const isFormula = (cell: string): boolean => /^[\0\t\r\n]*(?:[=@＝＠]|[-+－＋].*[(!])/s.test(cell)
          expect(cells.filter(isFormula)).to.deep.equal([])
        },
      ),
      { numRuns: 1000 },
    )
  })

  for (const [name, value] of Object.entries<unknown>({
    'a function': () => 1,
    'a symbol': Symbol('a'),
    bytes: Buffer.from('a'),
    'a promise': Promise.resolve(1),
    'a BigInt in an object': { a: 1n },
  })) {
    it(`refuses ${name}, and names row and column`, async () => {
      const error = await write([{ a: 1, b: value }]).catch((reason) => reason)
      expect(error.message).to.match(/^csv: row 0 \(counted from 0\), column 'b'/)
      expect(error.code).to.equal('INVALID_CHUNK')
    })
  }

  it('csv-parse reads any table as it was', async () => {
    const field = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', ',', '\r\n', '', ' ', ';', "'"))
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1 }))
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom(',', ';', '\t', '|', '€', '^', ']', '-'), async (rows, delimiter) => {
        const text = await write(rows, { delimiter, guard: false })
        expect(parse(text, { delimiter, record_delimiter: '\r\n' })).to.deep.equal(rows)
      }),
    )
  })
})

describe('csv: columns and headings', () => {
  const rows = [
    { id: 1, name: 'Zoë' },
    { name: 'Bob', more: 'x', id: 2 },
  ]
  async function* later<Item>(items: Iterable<Item>) {
    yield* items
  }
  class Model {
    readonly #name = 'Ada'
    get name() {
      return this.#name
    }
    internal = {}
    toJSON = () => ({ name: this.#name })
  }
  class Shape {
    get area() {
      return 4
    }
    get valueOf() {
      return 'own'
    }
  }
  /** As a client sends them. */
  const withNamesOfAllObjects = JSON.parse(
    '[{"constructor":"x","toString":2,"__proto__":3,"a":1},{"a":2},{"__proto__":{"b":1},"a":3}]',
  )
  for (const [name, given, options, expected] of [
    ['the keys of the first row', rows, {}, 'id,name\r\n1,Zoë\r\n2,Bob\r\n'],
    ['from an async iterable', later(rows), {}, 'id,name\r\n1,Zoë\r\n2,Bob\r\n'],
    ['from promises', rows.map(async (row) => row), {}, 'id,name\r\n1,Zoë\r\n2,Bob\r\n'],
    ['without headings', rows, { header: false }, '1,Zoë\r\n2,Bob\r\n'],
    ['a list of keys, in its order', rows, { columns: ['name', 'id'] }, 'name,id\r\nZoë,1\r\nBob,2\r\n'],
    [
      'headings by key',
      rows,
      { columns: { name: 'Name, first', id: 'No.' } },
      '"Name, first",No.\r\nZoë,1\r\nBob,2\r\n',
    ],
    [
      'keys with and without a heading',
      rows,
      { columns: [{ key: 'name', header: 'N' }, { key: 'id' }] },
      'N,id\r\nZoë,1\r\nBob,2\r\n',
    ],
    ['a key that no row has', rows, { columns: ['id', 'email'] }, 'id,email\r\n1,\r\n2,\r\n'],
    [
      'a key of one row that every object has by itself',
      withNamesOfAllObjects,
      {},
      'constructor,toString,__proto__,a\r\nx,2,3,1\r\n,,,2\r\n,,"{""b"":1}",3\r\n',
    ],
    [
      'a getter of the class, and no method that all classes have',
      [new Shape()],
      { columns: ['area', 'valueOf', 'constructor', 'toString'] },
      'area,valueOf,constructor,toString\r\n4,own,,\r\n',
    ],
    ['a row with toJSON is what that gives', [new Model()], {}, 'name\r\nAda\r\n'],
    ['lists', [[1, 'a'], [2]], {}, '1,a\r\n2\r\n'],
    ['lists with headings', [[1, 'a'], [2]], { columns: ['id', 'name'] }, 'id,name\r\n1,a\r\n2,\r\n'],
    ['lists by number', [[1, 'a']], { columns: [0, 1], header: false }, '1,a\r\n'],
    [
      'objects after lists, with columns',
      [[1, 'a'], { id: 2, name: 'b' }],
      { columns: ['id', 'name'], header: false },
      '1,a\r\n2,b\r\n',
    ],
    ['one empty field is a line (RFC 4180 §2)', [[''], [null]], {}, '""\r\n""\r\n'],
    ['no rows', [], {}, ''],
    ['no rows, but columns', [], { columns: ['id', 'name'] }, 'id,name\r\n'],
    ['no rows and no headings', [], { columns: ['id'], header: false, bom: true }, '\ufeff'],
    ['a byte order mark', rows, { bom: true }, '\ufeffid,name\r\n1,Zoë\r\n2,Bob\r\n'],
    ['a semicolon', [['a;b', 'c,d']], { delimiter: ';' }, '"a;b";c,d\r\n'],
  ] as const) {
    it(name, async () => expect(await write(given, options as CsvOptions)).to.equal(expected))
  }

  for (const [name, given, options, message] of [
    ['a row that is text', ['a,b'], {}, 'csv: row 0 (counted from 0) must be an object or a list'],
    ['a row that is nothing', [[1], null], {}, 'csv: row 1 (counted from 0) must be an object or a list, got null'],
    ['a row of bytes', [Buffer.from('a')], {}, 'csv: row 0 (counted from 0) must be'],
    ['an object without properties', [{}], {}, 'csv: row 0 (counted from 0) must be an object with properties'],
    [
      'a Map, in whose place a line would be empty',
      [new Map([['a', 1]])],
      { columns: ['a'] },
      'must be an object with properties, got Map(1)',
    ],
    [
      'a later row that is a Set',
      [{ a: 1 }, new Set([1])],
      {},
      'csv: row 1 (counted from 0) must be an object with properties',
    ],
    ['a row that is an error', [new Error('x')], { columns: ['a'] }, 'must be an object with properties'],
    ['an object after lists', [[1], { a: 1 }], {}, 'csv: row 1 (counted from 0) must be a list'],
    ['a list longer than the columns', [[1, 2]], { columns: ['a'] }, 'a list of at most 1 fields'],
    ['headings for lists without columns', [[1]], { header: true }, "csv: option 'header' must be false or absent"],
  ] as const) {
    it(`refuses ${name}`, async () => {
      const error = await write(given, options as CsvOptions).catch((reason) => reason)
      expect(error.message).to.include(message)
    })
  }
})
