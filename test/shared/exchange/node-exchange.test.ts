import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { NodeFacts } from '../../../src/shared/exchange/node-exchange.js'
import { createSettings } from '../../../src/shared/settings/settings.js'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../fixtures', name))

type Seen = Pick<NodeFacts, 'url' | 'origin' | 'secure' | 'stagedStatus'>

/** What a server of `node:http` or `node:https` knows of one request to `/path?query`. */
async function factsOver(scheme: 'http' | 'https', stage?: (res: http.ServerResponse) => void): Promise<Seen> {
  const pair = { key: fixture('localhost-key.pem'), cert: fixture('localhost-cert.pem') }
  const server = scheme === 'https' ? https.createServer(pair) : http.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = scheme === 'https' ? https : http
  const asked = client
    .get({ port, host: '127.0.0.1', path: '/path?query', headers: { host: 'a.example' }, rejectUnauthorized: false })
    .on('error', () => undefined)
  const [req, res] = (await once(server, 'request')) as [http.IncomingMessage, http.ServerResponse]
  stage?.(res)
  const facts = new NodeFacts(createSettings(), req, res)
  const { url, origin, secure, stagedStatus } = facts
  asked.destroy()
  server.close()
  return { url, origin, secure, stagedStatus }
}

describe('NodeFacts', () => {
  it('are those of a plain connection', async () => {
    const { url, origin, secure } = await factsOver('http')
    expect([url, origin, secure]).to.deep.equal(['/path?query', 'http://a.example', false])
  })

  it('are those of a TLS connection', async () => {
    const { url, origin, secure } = await factsOver('https')
    expect([url, origin, secure]).to.deep.equal(['/path?query', 'https://a.example', true])
  })

  it('tell a status that the handler has set', async () => {
    expect((await factsOver('http')).stagedStatus).to.equal(undefined)
    expect((await factsOver('http', (res) => Object.assign(res, { statusCode: 404 }))).stagedStatus).to.equal(404)
  })
})
