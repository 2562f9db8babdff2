import { once } from 'node:events'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import { csv, Reply } from '../../src/index.js'
import { answeredBetween } from '../support/answered-between.js'
import { contract } from '../support/contract.js'
import { requestAndLeave, requestPartially } from '../support/partial-request.js'
import { responding } from '../support/responding.js'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const TYPE = 'text/csv; charset=utf-8; header=present'

contract('csv', ({ framework, answer, serve, ask, askForError }) => {
  const rows = [
    { id: 1, name: 'Zoë' },
    { id: 2, name: '=1+1' },
  ]
  const TEXT = "id,name\r\n1,Zoë\r\n2,'=1+1\r\n"
  async function* later() {
    for (const row of rows) {
      await turn()
      yield row
    }
  }
  for (const [name, make] of Object.entries<() => any>({
    'a list': () => rows,
    'a generator': () => rows.values(),
    'an async generator': later,
    'a Node stream': () => Readable.from(rows),
    'a web stream': () => ReadableStream.from(rows),
    'a function': () => async () => later(),
    'a list of promises': () => rows.map(async (row) => row),
  })) {
    it(`sends ${name} as a table`, async () => {
      const { status, headers, text } = await answer((target) => target.csv(make()))
      expect(status).to.equal(200)
      expect(headers['content-type']).to.equal(TYPE)
      expect(headers).not.to.have.any.keys('content-disposition', 'content-length')
      expect(text).to.equal(TEXT)
    })
  }

  it('a Reply of the factory, of the setter and from respond() sends the same', async () => {
    const init = { status: 201, headers: { 'X-A': 'a' }, cookies: { c: '1' }, delimiter: ';' }
    for (const make of [
      () => csv(rows, init),
      () =>
        new Reply(undefined, { status: 201, headers: { 'X-A': 'a' }, cookies: { c: '1' } }).setCsv(rows, {
          delimiter: ';',
        }),
    ]) {
      const { status, headers, text } = await answer(responding(framework, make))
      expect([status, headers['x-a'], headers['set-cookie']]).to.deep.equal([201, 'a', ['c=1; Path=/']])
      expect([headers['content-type'], text]).to.deep.equal([TYPE, TEXT.replaceAll(',', ';')])
    }
  })

  it('a filename makes it a download (RFC 6266)', async () => {
    const { headers } = await answer((target) => target.csv(rows, { filename: 'Überblick.csv' }))
    expect(headers['content-disposition']).to.equal(
      "attachment; filename=Uberblick.csv; filename*=UTF-8''%C3%9Cberblick.csv",
    )
    expect(headers['x-content-type-options']).to.equal('nosniff')
  })

  it('the type says if there are headings (RFC 4180 §3), and a staged type is kept', async () => {
    const lists = await answer((target) => target.csv([[1]]))
    expect(lists.headers['content-type']).to.equal('text/csv; charset=utf-8; header=absent')
    const without = await answer((target) => target.csv(later(), { header: false }))
    expect(without.headers['content-type']).to.equal('text/csv; charset=utf-8; header=absent')
    const staged = await answer((target) => target.setHeader('Content-Type', 'text/plain').csv(rows))
    expect(staged.headers['content-type']).to.equal('text/plain; charset=utf-8')
  })

  it('HEAD has the fields of GET, and reads nothing', async () => {
    const source = new Readable({ objectMode: true, read: () => expect.fail('read') })
    const closed = once(source, 'close')
    const { status, headers, body } = await answer(
      (target) => target.csv(source, { columns: ['id'], filename: 'a.csv' }),
      { method: 'HEAD' },
    )
    expect([status, headers['content-type'], body.length]).to.deep.equal([200, TYPE, 0])
    expect(headers['content-disposition']).to.equal('attachment; filename=a.csv')
    await closed
  })

  it('a staged entity-tag decides a 304', async () => {
    const app = await serve((target) => {
      target.setEtag('v1')
      return target.csv(rows)
    })
    expect((await ask(app, { headers: { 'If-None-Match': '"v1"' } })).status).to.equal(304)
  })

  it('bad arguments are refused at once, and their stream is closed', async () => {
    for (const [given, message] of [
      [['a,b', undefined], 'csv: source must be'],
      [[{ a: 1 }, undefined], 'csv: source must be'],
      [[rows, { delimiter: '::' }], "csv: option 'delimiter' must be one character"],
      [[rows, { columns: [] }], "csv: option 'columns' must be"],
      [[rows, { colums: ['a'] }], "did you mean 'columns'?"],
    ] as const) {
      await answer((target: any) => {
        expect(() => target.csv(...given)).to.throw(message)
        expect(() => csv(...(given as [any, any]))).to.throw(message)
        target.text('')
      })
    }
    const streams = [Readable.from(rows), Readable.from(rows)]
    const closed = Promise.all(streams.map((stream) => once(stream, 'close')))
    await answer((target: any) => {
      expect(() => target.csv(streams[0], { bom: 1 })).to.throw()
      expect(() => csv(streams[1] as Readable, { bom: 1 } as never)).to.throw()
      target.text('')
    })
    await closed
  })

  it('a failure before the first row is an error page, a later one cuts the connection', async () => {
    const app = await serve((target, { url }) =>
      target.csv(
        (async function* () {
          if (url !== '/late') throw Object.assign(new Error('gone'), { status: 410 })
          yield { a: 1 }
          await turn()
          await turn()
          yield { a: () => 'no text' }
        })(),
      ),
    )
    expect((await askForError(app)).status).to.equal(410)
    const { isComplete, text } = await requestPartially(app.port, { path: '/late' })
    expect([isComplete, text]).to.deep.equal([false, 'a\r\n1\r\n'])
    expect(app.errors).to.have.length(2)
  })

  it('what another spreadsheet takes for the beginning of a cell is no formula', async () => {
    // Excel separates fields by the list separator of its user's country, whatever the file has.
    for (const [separator, delimiter] of [
      [';', ','],
      ['\t', ','],
      ['|', ','],
      [',', ';'],
      ['\n', ','],
    ] as const) {
      const { text } = await answer((target) => target.csv([['7', `a${separator}=1+1`]], { delimiter }))
      expect(text.replaceAll('"', '')).to.equal(`7${delimiter}a${separator}'=1+1\r\n`)
    }
    for (const plain of ['48.1,-11.5', '99,- EUR', 'nice ;-)', 'two lines:\n- one\n- two']) {
      const { text } = await answer((target) => target.csv([[plain]], { delimiter: ';' }))
      expect(text.replaceAll('"', '')).to.equal(`${plain}\r\n`)
    }
    expect((await answer((target) => target.csv([['a;=1+1']], { guard: false }))).text).to.equal('a;=1+1\r\n')
  })

  it('a formula after a byte order mark is made harmless too: a spreadsheet drops the mark', async () => {
    const { text } = await answer((target) => target.csv([['\ufeff=1+1', '\ufeffa']]))
    expect(text).to.equal("'\ufeff=1+1,\ufeffa\r\n")
  })

  it('closes its source when the client leaves', async () => {
    let close = (): void => undefined
    const closed = new Promise<void>((resolve) => {
      close = resolve
    })
    const app = await serve((target) =>
      target.csv(async function* () {
        try {
          for (let row = 0; ; row++) {
            await turn()
            yield [row, 'x'.repeat(1000)]
          }
        } finally {
          close()
        }
      }),
    )
    await requestAndLeave(app.port, 5000)
    await closed
    expect(app.errors).to.deep.equal([])
  })

  it('a generator that never waits leaves the event loop to others', async () => {
    function* many() {
      for (let row = 0; row < 300_000; row++) yield [row, 'text', 1.5]
    }
    const app = await serve((target, { url }) => (url === '/rows' ? target.csv(many()) : void target.text('x')))
    const long = await answeredBetween(app.port, '/rows')
    expect(long.endsWith('299999,text,1.5\r\n')).to.equal(true)
  })
})
