import { ReadableStream } from 'node:stream/web'
import { expect } from 'chai'
import type { ResponseMethods } from '../../src/index.js'
import { disturb, leastDisturbance } from '../support/busy-clients.js'
import { contract } from '../support/contract.js'

/** A server that fails the test must come to an end too. */
const isYoung = (started: number): boolean => performance.now() - started < 4000

/** Sources that never wait for anything, longer than their clients read, each of items made by `item`. */
const endless: Record<string, (item: () => any) => any> = {
  '/generator': function* (item) {
    for (const started = performance.now(); isYoung(started); ) yield item()
  },
  '/async-generator': async function* (item) {
    for (const started = performance.now(); isYoung(started); ) yield item()
  },
  '/web-stream': (item) => {
    const started = performance.now()
    return new ReadableStream({
      pull: (controller) => (isYoung(started) ? controller.enqueue(item()) : controller.close()),
    })
  },
  '/iterator': (item) => {
    const started = performance.now()
    return { [Symbol.iterator]: () => ({ next: () => ({ done: !isYoung(started), value: item() }) }) }
  },
  '/promises': function* (item) {
    for (const started = performance.now(); isYoung(started); ) yield Promise.resolve(item())
  },
  '/slower': function* (item) {
    const started = performance.now()
    for (let index = 0; isYoung(started); index++) {
      const end = performance.now() + 2
      while (index % 1000 >= 500 && performance.now() < end); // from item 500 on each takes 2 ms
      yield item()
    }
  },
}

const text = (): string => 'one line of a report\n'
const row = (): unknown => ({ id: 7, name: 'one row of a report' })

const SIZE = 10_000_000_000

const calls: Record<string, (target: ResponseMethods, path: string) => unknown> = {
  download: (target, path) => target.download(endless[path]?.(text), 'report.txt'),
  'several ranges': (target, path) => target.file({ size: SIZE, read: () => endless[path]?.(text) }),
  csv: (target, path) => target.csv(endless[path]?.(row)),
  streaming: (target, path) => target.streaming(endless[path]?.(text)),
  ndjson: (target, path) => target.ndjson(endless[path]?.(row)),
  jsonArray: (target, path) => target.jsonArray(endless[path]?.(row)),
  sse: (target, path) => target.sse(endless[path]?.(text)),
  'sse with ids': (target, path) => target.sse(endless[path]?.(() => ({ id: 1, data: row() }))),
  template: (target, path) => target.template(path),
}

/** More bytes than a client reads. Only the call for several ranges looks at them. */
const TWO_HALVES = { Range: `bytes=0-${SIZE / 2}, ${SIZE / 2 + 100}-${SIZE - 1}` }

/** The template is the stream of the path it is named after. */
const templates = (path: string): AsyncIterable<string> =>
  (async function* () {
    yield* endless[path]?.(text)
  })()

contract('sources that never wait leave the event loop to others', ({ serve }) => {
  for (const [call, send] of Object.entries(calls)) {
    const paths = Object.keys(endless).filter((path) => call !== 'template' || path !== '/web-stream')
    it(`${call}: a turn takes at most 20 ms, another answer at most 60 ms`, async () => {
      const app = await serve((target, { url }) => (url === '/quick' ? target.text('quick') : send(target, url)), {
        kit: { templates },
      })
      const { answerMs, turnMs } = await leastDisturbance(() => disturb(app.port, paths, '/quick', TWO_HALVES))
      expect(turnMs).to.be.at.most(20)
      expect(answerMs).to.be.at.most(60)
      expect(app.errors).to.deep.equal([])
    })
  }
})
