// Building a route's URL: the kit's url() beside @koa/router's and path-to-regexp's precompiled compile(), interleaved
// in one process. `node bench/url.mjs [rounds]` after `npm run build`.
import { createRequire } from 'node:module'
import Router from '@koa/router'
import { compile } from 'path-to-regexp'

const require = createRequire(import.meta.url)
const { defineRoutes } = require('../dist/cjs/index.js')
const rounds = Number(process.argv[2] ?? 15)
const ROUND_MS = 40

/** 1,000 routes, so that finding a name counts too; the one that is built is among the last. */
const filler = Array.from({ length: 997 }, (_, index) => [`filler.${index}`, `/filler/${index}/:id`])
const cases = [
  { title: 'one number', name: 'user', path: '/users/:userId', parameters: { userId: 42 } },
  {
    title: 'two strings, one to encode',
    name: 'post',
    path: '/users/:user/posts/:slug',
    parameters: { user: 'ann', slug: 'a b/c' },
  },
  {
    title: 'an optional part',
    name: 'report',
    path: '/reports/:year{/:month}',
    parameters: { year: '2020', month: '05' },
  },
]

const routes = defineRoutes(Object.fromEntries([...filler, ...cases.map(({ name, path }) => [name, path])]))
const router = new Router()
for (const [name, path] of [...filler, ...cases.map(({ name, path }) => [name, path])]) router.get(name, path, () => {})

/** Calls a second over one short round. */
function rate(call) {
  const end = process.hrtime.bigint() + BigInt(ROUND_MS * 1e6)
  let calls = 0
  let length = 0
  while (process.hrtime.bigint() < end) {
    for (let index = 0; index < 1000; index++) length += call().length
    calls += 1000
  }
  if (length === 0) throw new Error('nothing was built')
  return calls / (ROUND_MS / 1000)
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

for (const { title, name, path, parameters } of cases) {
  const strings = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)]))
  const compiled = compile(path)
  const contenders = {
    'response-kit': () => routes.url(name, parameters),
    '@koa/router': () => router.url(name, parameters),
    'path-to-regexp compile()': () => compiled(strings),
  }
  const urls = new Set(Object.values(contenders).map((call) => call()))
  if (urls.size !== 1) throw new Error(`the contenders build different URLs: ${[...urls].join(' ')}`)
  const rates = Object.fromEntries(Object.keys(contenders).map((key) => [key, []]))
  for (const call of Object.values(contenders)) rate(call) // warm up
  for (let round = 0; round < rounds; round++) {
    for (const [key, call] of Object.entries(contenders)) rates[key].push(rate(call))
  }
  console.log(`${title}: ${[...urls][0]}`)
  for (const [key, values] of Object.entries(rates)) {
    const ratio = median(values.map((value, index) => rates['response-kit'][index] / value))
    console.log(
      `  ${key.padEnd(26)} ${Math.round(median(values)).toLocaleString('en').padStart(12)}/s   kit is ${ratio.toFixed(2)} x`,
    )
  }
}
