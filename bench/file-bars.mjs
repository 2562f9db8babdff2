import { bar, verdictLines } from './frame/verdicts.mjs'

const KOA = 'Koa 3 + kit'
const PLAIN = 'Express 5 + kit'
const FAST = 'Express 5 + createServer + kit'
const SEND = 'Koa 3 + koa-send'

const ONE_WRITE = 'node:http, open + read + one write'

/** What the project holds itself to for files, on any version of Node. */
export const fileBars = [
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
  bar('1m', KOA, SEND, 3),
  bar('1m', PLAIN, 'Express 5', 3),
  bar('100m', KOA, 'nginx, sendfile', 0.85),
  bar('100m', KOA, SEND, 2.5),
  bar('100m', PLAIN, 'Express 5', 1.5),
]

/** The bars that this run measured. */
export function fileBarLines(results) {
  return verdictLines(fileBars, results)
}
