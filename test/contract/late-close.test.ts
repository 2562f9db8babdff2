import { Readable } from 'node:stream'
import { expect } from 'chai'
import { html } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { readZip } from '../support/read-zip.js'

/** Its `destroy` waits for something that never comes, so it never emits `close`. */
class Unclosed extends Readable {
  readonly #items: unknown[]
  constructor(...items: unknown[]) {
    super({ objectMode: true })
    this.#items = items
  }
  override _read(): void {
    this.push(this.#items.shift() ?? null)
  }
  override _destroy(): void {}
}

contract('a Node stream that ends and never closes', ({ answer }) => {
  const calls: Readonly<Record<string, [send: (target: any) => unknown, text: string]>> = {
    streaming: [(target) => target.streaming(new Unclosed('a', 'b')), 'ab'],
    file: [(target) => target.file(new Unclosed('a', 'b')), 'ab'],
    ndjson: [(target) => target.ndjson(new Unclosed(1, 2)), '1\n2\n'],
    jsonArray: [(target) => target.jsonArray(new Unclosed(1, 2)), '[1,2]'],
    jsonStream: [(target) => target.jsonStream({ a: new Unclosed(1, 2) }), '{"a":[1,2]}'],
    csv: [(target) => target.csv(new Unclosed([1], [2])), '1\r\n2\r\n'],
    sse: [(target) => target.sse(new Unclosed('a', 'b')), 'data: a\n\ndata: b\n\n'],
    html: [(target) => target.html(html`<p>${new Unclosed('a', 'b')}</p>`), '<p>ab</p>'],
  }
  for (const [call, [send, text]] of Object.entries(calls)) {
    it(`${call} is complete when it has all that the stream gave`, async () => {
      expect((await answer(send)).text).to.equal(text)
    })
  }

  it('zip is complete with it as an entry, and as what gives the entries', async () => {
    const entry = { name: 'a', source: new Unclosed('a', 'b') }
    const { body } = await answer((target) => target.zip(new Unclosed({ ...entry, mtime: 0 })))
    expect(readZip(body)).to.deep.equal({ a: 'ab' })
  })
})
