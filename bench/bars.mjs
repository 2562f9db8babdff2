import { bar, majorOf, verdictLines } from './frame/verdicts.mjs'

const FAST = ' + createServer'
const onAnyNode = [
  ...['Express 5', 'Express 4', 'Koa 3'].map((name) => bar('installed', `${name} + kit`, name, 0.97)),
  ...['text', 'redirect', 'cookies', 'json-reply'].flatMap((name) => [
    bar(name, 'Express 5 + kit', 'Express 5', 1.05),
    bar(name, 'Koa 3 + kit', 'Koa 3', 1.0),
  ]),
]
const untilNode22 = [
  ...['text', 'json'].flatMap((name) => [
    bar(name, `Express 5${FAST}`, 'Express 5', 3.8),
    bar(name, `Express 4${FAST}`, 'Express 4', 3),
  ]),
  bar('text', `Express 5${FAST} + kit`, 'node:http', 0.75),
  bar('html', `Express 5${FAST} + kit`, 'node:http', 0.75),
  bar('redirect', `Express 5${FAST} + kit`, 'node:http', 0.8),
  bar('cookies', `Express 5${FAST} + kit`, 'node:http', 0.68),
]

/** What the project holds itself to. From Node 24 on, `createServer` is the server of Express itself. */
export function bars(nodeVersion) {
  return [...onAnyNode, ...(majorOf(nodeVersion) < 24 ? untilNode22 : [])]
}

/** The bars that this run measured. */
export function barLines(results, nodeVersion) {
  return verdictLines(bars(nodeVersion), results)
}
