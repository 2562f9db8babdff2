import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { createServer } from '../../src/express/index.js'
import { rawExchange } from '../support/raw-exchange.js'
import { createVariedApp } from '../support/varied-app.js'

const require = createRequire(import.meta.url)

const FACTS = 'GET /facts/a%20b/c/d?x=1&y[]=2&z=%C3%A9'
const JSON_BODY = 'Content-Type: application/json\r\nContent-Length: 9\r\n'

/** Request line, then field lines, then the body: what is left out is `HTTP/1.1`, Host and `Connection: close`. */
const requests: readonly (readonly [line: string, fields?: string, body?: string])[] = [
  ...[
    '/text',
    '/empty',
    '/null',
    '/bytes',
    '/json',
    '/jsonp',
    '/jsonp?callback=f',
    '/cached',
    '/redirect',
    '/fields',
  ].map((path) => [`GET ${path}`] as const),
  ...['/text', '/json', '/cached', '/redirect', '/chunks', '/file', '/status/204'].map(
    (path) => [`HEAD ${path}`] as const,
  ),
  ...['200', '201', '204', '205', '304', '404', '418', '500', '999'].map((code) => [`GET /status/${code}`] as const),
  ...['/chunks', '/trailer', '/raw', '/early', '/pipe', '/file', '/download', '/before', '/after', '/skip'].map(
    (path) => [`GET ${path}`] as const,
  ),
  ...['/throw', '/next', '/caught/error', '/late', '/field', '/nowhere', '/%', '/%ff', '//text', '/text/'].map(
    (path) => [`GET ${path}`] as const,
  ),
  ...['/mounted/own', '/mounted/leave', '/mounted/none', '/router/sub/own', '/router/sub/leave', '/router/7'].map(
    (path) => [`GET ${path}`] as const,
  ),
  ...['/packed', '/safe', '/cookies', '/session', '/kit/text', '/kit/empty', '/kit/none', '/request.ts'].map(
    (path) => [`GET ${path}`] as const,
  ),
  ['GET /text', 'If-None-Match: W/"6-/lt8JMPhSR1DfFUEAMEuqj5TH5o"\r\n'],
  ['GET /cached', 'If-None-Match: "v1"\r\n'],
  ['GET /cached', 'If-Modified-Since: Tue, 01 Jan 2030 00:00:00 GMT\r\n'],
  ['GET /cached', 'If-None-Match: "v1"\r\nCache-Control: no-cache\r\n'],
  ['GET /format', 'Accept: application/json\r\n'],
  ['GET /format', 'Accept: text/html;q=0.5, text/plain\r\n'],
  ['GET /format', 'Accept: image/png\r\n'],
  ['GET /file', 'Range: bytes=0-9\r\n'],
  ['GET /file', 'Range: bytes=999999-\r\n'],
  ['GET /packed', 'Accept-Encoding: gzip\r\n'],
  ['GET /cookies', 'Cookie: a=1; b=j%3A%7B%22c%22%3A2%7D; signed=s%3Afake.none\r\n'],
  ['GET /session', 'Cookie: connect.sid=s%3Aunknown.bad\r\nX-Forwarded-Proto: https\r\n'],
  [FACTS],
  [FACTS, 'X-Forwarded-Host: a.b.example.com\r\nX-Forwarded-For: 10.0.0.1, 127.0.0.1\r\nX-Forwarded-Proto: https\r\n'],
  [FACTS, 'X-Requested-With: XMLHttpRequest\r\nX-Own: 1\r\nX-Own: 2\r\nAccept: text/html\r\nAccept-Language: de\r\n'],
  [FACTS, 'Range: bytes=1-2,5-\r\nIf-None-Match: *\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n'],
  ['POST /json', JSON_BODY, '{"a": 1} '],
  ['PUT /json'],
  ['OPTIONS /json'],
  ['OPTIONS /text'],
  ['OPTIONS *'],
  ['TRACE /text'],
  ['DELETE /text'],
  ['POST /body', JSON_BODY, '{"a": 1} '],
  ['POST /body', JSON_BODY, '{"a": 1  '],
  [
    'POST /body',
    'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n',
    'a[b]=c&d=%20'.slice(0, 11),
  ],
  [
    'POST /body',
    'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n',
    '4\r\n{"a"\r\n3\r\n:2}\r\n0\r\n\r\n',
  ],
  ['POST /body', `${JSON_BODY}Content-Encoding: nonsense\r\n`, '{"a": 1} '],
  ['POST /echo', 'Content-Type: text/plain\r\nContent-Length: 5\r\n', 'hello'],
  ['POST /echo', 'Content-Length: 5\r\nExpect: 100-continue\r\n', 'hello'],
  ['POST /echo', 'Content-Length: 5\r\nExpect: the-impossible\r\n', 'hello'],
  ['POST /ignored', 'Content-Length: 5\r\n', 'hello'],
]

/** Bytes as they are: old versions, several requests on a connection, and what is no request at all. */
const connections: readonly string[] = [
  'GET /text HTTP/1.0\r\n\r\n',
  'GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'GET /text HTTP/1.1\r\nConnection: close\r\n\r\n',
  'GET /text HTTP/1.1\r\nHost: a\r\n\r\nGET /json HTTP/1.1\r\nHost: a\r\n\r\nGET /mounted/own HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]HEAD /text HTTP/1.1\r\nHost: a\r\n\r\nGET /status/204 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  'GET /text HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n',
  'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'nonsense\r\n\r\n',
]

for (const name of ['express4', 'express5']) {
  describe(`createServer() answers as app.listen() does: ${name}`, () => {
    const ports: number[] = []
    const servers: ReturnType<typeof createServer>[] = []

    before(async () => {
      const express = require(name)
      servers.push(createVariedApp(express).listen(0, '127.0.0.1'))
      servers.push(createServer(createVariedApp(express)).listen(0, '127.0.0.1'))
      for (const server of servers) {
        if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
        ports.push((server.address() as AddressInfo).port)
      }
    })

    after(() => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))))

    for (const [line, fields = '', body = ''] of requests) {
      it(`${line} ${fields.replaceAll('\r\n', ' ')}`.trim(), () =>
        compare(`${line} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n${fields}\r\n${body}`),
      )
    }

    for (const sent of connections) it(JSON.stringify(sent), () => compare(sent))

    async function compare(sent: string): Promise<void> {
      const [plainPort = 0, port = 0] = ports
      const plain = await rawExchange(plainPort, sent)
      expect(plain, 'app.listen() answers at all').to.match(/^HTTP\/1\.1 \d{3} /)
      expect(masked(await rawExchange(port, sent))).to.equal(masked(plain))
    }
  })
}

function masked(wire = ''): string {
  return wire.replaceAll(/^Date: .*$/gm, 'Date: -')
}
