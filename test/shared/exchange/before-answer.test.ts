import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { beforeAnswer } from '../../../src/shared/exchange/before-answer.js'
import { request } from '../../support/request.js'

describe('beforeAnswer()', () => {
  const ways: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
    'end() alone': (res) => res.end('body'),
    'write() and end()': (res) => res.write('bo') && res.end('dy'),
    'writeHead() with a record': (res) => res.writeHead(201, { 'X-Given': 'yes' }).end('body'),
    'writeHead() with a reason': (res) => res.writeHead(201, 'Made', { 'X-Given': 'yes' }).end('body'),
    'writeHead() with names and values in turn': (res) => res.writeHead(201, ['X-Given', 'yes']).end('body'),
  }
  for (const [way, answer] of Object.entries(ways))
    it(`${way}: the task runs once, knows the head, and can still stage a field`, async () => {
      const told: unknown[] = []
      const server = http.createServer((_req: IncomingMessage, res: ServerResponse) => {
        beforeAnswer(res, (head) => {
          told.push([head.status, head.field('x-given'), head.field('x-other')])
          res.setHeader('X-Staged', 'late')
        })
        answer(res)
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      const { status, headers, text } = await request((server.address() as AddressInfo).port, {})
      server.close()
      const isGiven = way.startsWith('writeHead')
      expect([status, text, headers['x-staged']]).to.deep.equal([isGiven ? 201 : 200, 'body', 'late'])
      expect(told).to.deep.equal([[isGiven ? 201 : 200, isGiven ? 'yes' : undefined, undefined]])
    })
})
