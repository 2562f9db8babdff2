import { bar, verdictLines } from './frame/verdicts.mjs'

const FAST = ' + createServer'
const onAnyNode = [
  ...['Express 5', 'Express 4', 'Koa 3'].map((name) => bar('installed', `${name} + kit`, name, 0.97)),
  ...['text', 'redirect', 'cookies'].map((name) => bar(name, 'Express 5 + kit', 'Express 5', 1.05)),
  bar('text', 'Koa 3 + kit', 'Koa 3', 1.0),
  bar('redirect', 'Koa 3 + kit', 'Koa 3', 1.1),
  bar('cookies', 'Koa 3 + kit', 'Koa 3', 1.2),
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
const fromNode24 = [
  bar('text', `Express 5${FAST} + kit`, 'Express 5', 1.15),
  bar('redirect', `Express 5${FAST} + kit`, 'Express 5', 1.0),
  bar('cookies', `Express 5${FAST} + kit`, 'Express 5', 1.8),
]

/** What the project holds itself to, as far as this run measured it. */
export function barLines(results, nodeVersion) {
  const major = Number(/^v(\d+)/.exec(nodeVersion)?.[1])
  return verdictLines([...onAnyNode, ...(major < 24 ? untilNode22 : fromNode24)], results)
}
