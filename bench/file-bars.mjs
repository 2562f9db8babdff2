import { bar, majorOf, verdictLines } from './frame/verdicts.mjs'

const KOA = 'Koa 3 + kit'
const PLAIN = 'Express 5 + kit'
const FAST = 'Express 5 + createServer + kit'
const SEND = 'Koa 3 + koa-send'
const STATIC = 'Fastify 5 + @fastify/static'

const ONE_WRITE = 'node:http, open + read + one write'

const sizes = ['1k', '64k', '1m', '100m']
const bySize = (contender, reference, bars) => sizes.map((name, index) => bar(name, contender, reference, bars[index]))

const onAnyNode = [
  ...[KOA, FAST].flatMap((each) => [
    bar('1k-different', each, ONE_WRITE, 0.75),
    bar('64k-different', each, ONE_WRITE, 0.8),
  ]),
  ...['1k-different', '64k-different'].flatMap((name) => [bar(name, KOA, SEND, 3), bar(name, FAST, 'Express 5', 3)]),
  bar('1k', `${FAST}, cache`, 'Express 5', 5),
  bar('1k', `${KOA}, cache`, 'Express 5', 5),
  bar('1k', `${FAST}, cache trusted 1 s`, 'Express 5', 7),
  bar('1k', `${KOA}, cache trusted 1 s`, 'Express 5', 7),
  ...['range', '304'].flatMap((name) => [PLAIN, FAST, KOA].map((each) => bar(name, each, 'Express 5', 2))),
  bar('1m', KOA, 'nginx, sendfile', 0.7),
  bar('100m', KOA, 'nginx, sendfile', 0.85),
]
const untilNode22 = [
  ...bySize(FAST, 'Express 5', [3.3, 3.2, 3.2, 1.5]),
  ...bySize(PLAIN, 'Express 5', [1.7, 1.7, 2.7, 1.5]),
  ...bySize(KOA, SEND, [3, 4.5, 6, 2.5]),
  ...bySize(KOA, STATIC, [1.7, 3.3, 7, 4.5]),
]
const fromNode24 = [...bySize(PLAIN, 'Express 5', [1.7, 1.9, 4]), ...bySize(KOA, SEND, [4, 4, 4.5])].filter(
  ({ atLeast }) => atLeast !== undefined,
)

/** What the project holds itself to for files. */
export function fileBars(nodeVersion) {
  return [...(majorOf(nodeVersion) < 24 ? untilNode22 : fromNode24), ...onAnyNode]
}

/** The bars that this run measured. */
export function fileBarLines(results, nodeVersion) {
  return verdictLines(fileBars(nodeVersion), results)
}
