import http from 'node:http'
import { expect } from 'chai'
import { contract } from '../support/contract.js'

/** The methods of Node's response that read or change its head, or send it. */
const METHODS = [
  'getHeader',
  'getHeaderNames',
  'hasHeader',
  'setHeader',
  'removeHeader',
  'appendHeader',
  'end',
] as const

/** The files of this package on the stack, each time that code uses one of these methods while `run` runs. */
function filesOnTheWay(run: () => void): string[] {
  const files = new Set<string>()
  const limit = Error.stackTraceLimit
  const restore = [http.OutgoingMessage.prototype, http.ServerResponse.prototype].flatMap((owner: any) =>
    METHODS.filter((name) => Object.hasOwn(owner, name)).map((name) => {
      const method = owner[name]
      owner[name] = function (this: unknown, ...given: unknown[]) {
        const [, , ...frames] = (new Error().stack ?? '').split('\n') // without this function
        const end = frames.findIndex((frame) => frame.includes('/hops.test.ts'))
        const way = frames.slice(0, end).join('\n')
        for (const [, file = ''] of way.matchAll(/\/src\/((?:shared|express|koa)\/[\w/-]+\.ts)/g)) {
          files.add(file)
        }
        return method.apply(this, given)
      }
      return () => {
        owner[name] = method
      }
    }),
  )
  Error.stackTraceLimit = 100
  try {
    run()
  } finally {
    Error.stackTraceLimit = limit
    for (const each of restore) each()
  }
  return [...files].sort()
}

contract("the way from res.text('x') to Node's response", ({ framework, serve, ask }) => {
  // Koa has one more: it takes an answer on its context, which `koa/set-answer.ts` fills.
  const most = framework.family === 'express' ? 7 : 8

  it(`leads through ${most} files at most`, async () => {
    let files: readonly string[] = []
    const app = await serve((target) => {
      files = filesOnTheWay(() => target.text('x'))
    })
    expect((await ask(app)).text).to.equal('x')
    expect(files).to.include.members(['shared/methods/bodies.ts', 'shared/exchange/exchange.ts'])
    expect(files.length, files.join(', ')).to.be.at.most(most)
  })
})
