import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { defineRoutes, file, ndjson, type Reply, redirectTo, streaming, text } from '../../src/index.js'
import { responseKit } from '../../src/koa/index.js'
import { redisClaims } from '../../src/redis/index.js'
import { toError } from '../../src/shared/checks/errors.js'
import { storeError } from '../../src/shared/files/objects/store-error.js'
import { saveSession } from '../../src/shared/redirects/save-session.js'
import { SignedUrlError } from '../../src/shared/routes/verify-signed-url.js'
import { nodeExchange } from '../support/node-exchange.js'

const root = join(import.meta.dirname, '../..')
const docs = readFileSync(join(root, 'docs/errors.md'), 'utf8')
const source = readFileSync(join(root, 'src/shared/checks/errors.ts'), 'utf8')

const union = /export type ErrorCode =([\s\S]*?)\| \(/.exec(source)?.[1] ?? ''
const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code = '']) => code)
const sections = new Map(
  docs
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
)

const sendWhole = async (reply: Reply) => (await reply.toWebResponse()).text()
const sendTwice = async (reply: Reply) => {
  await sendWhole(reply)
  await sendWhole(reply)
}
const failingSession = () => {
  const exchange = nodeExchange()
  Object.assign(exchange.facts.req, {
    session: {
      user: 'Ann',
      save: (done: (error: Error) => void) => done(new Error('connection lost')),
      reload: () => undefined,
    },
  })
  return saveSession(exchange)
}
const routes: any = defineRoutes({ 'users.show': '/users/:id' })

/** What a user does wrong to get the sample of each code. */
const MISTAKES: Readonly<Record<string, () => unknown>> = {
  ALREADY_SENT: () => sendTwice(streaming([''][Symbol.iterator]())),
  WRONG_HOST: () => (responseKit as any)({ req: {}, res: {} }, () => {}),
  INVALID_ARGUMENT: () => text(['a', 'b'] as any),
  INVALID_OPTION: () => text('x', { header: {} } as any),
  INVALID_FIELD: () => text('x').setHeaders({ 'X-Foo': {} as any }),
  INVALID_COOKIE: () => sendWhole(text('x').setCookie('__Host-id', '1', { secure: false })),
  INVALID_CHUNK: () => sendWhole(ndjson([{ id: 1n }])),
  INVALID_PATTERN: () => defineRoutes({ 'users.show': '/users/:' }),
  FORBIDDEN_PATH: () => sendWhole(file('../a', { root })),
  SHORT_BODY: () => sendWhole(streaming(['abc'], { headers: { 'Content-Length': '5' } })),
  LONG_BODY: () => sendWhole(streaming(['abcdef'], { headers: { 'Content-Length': '3' } })),
  SOURCE_FAILED: () => {
    throw toError('boom')
  },
  SOURCE_CHANGED: () => {
    throw storeError({ statusCode: 412 })
  },
  STORE_BUSY: () => {
    throw storeError({ statusCode: 503 })
  },
  SESSION_NOT_SAVED: failingSession,
  STORE_FAILED: () => redisClaims(new Redis({ port: 1, lazyConnect: true })).claim('id'),
  NOT_CONFIGURED: () => sendWhole(redirectTo('home')),
  ROUTE_NOT_FOUND: () => routes.url('users.shwo'),
  ROUTE_PARAMETER: () => routes.url('users.show'),
  BAD_SIGNATURE: () => {
    throw new SignedUrlError('used')
  },
}

describe('docs/errors.md', () => {
  it('has a heading for each code, and no other', () => {
    expect(codes).to.have.length.greaterThan(10)
    expect([...sections.keys()]).to.have.members([...codes, 'ECONNABORTED and other codes of Node'])
  })

  for (const [heading, section] of sections) {
    it(`${heading}: says when, why, what to do, and gives a sample`, () => {
      for (const part of ['When', 'Why', 'What to do', 'Sample']) expect(section).to.include(`- **${part}**: `)
    })
  }

  for (const [code, mistake] of Object.entries(MISTAKES)) {
    it(`${code}: the sample is the message of the error`, async () => {
      let caught: any
      try {
        await mistake()
      } catch (error) {
        caught = error
      }
      expect(caught).to.include({ code })
      expect(sections.get(code)).to.include(`- **Sample**: \`${caught.message}\``)
    })
  }
})
