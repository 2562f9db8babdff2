import { createHash } from 'node:crypto'
import http from 'node:http'

const SHOWN = 1600
const FRAMEWORKS = ['express', 'koa']

/** Asks both servers the same, and holds the two answers against each other, byte by byte. */
export async function compare(feature, ports, cookie) {
  const [express, koa] = await Promise.all(FRAMEWORKS.map((name) => ask(feature, ports[name], cookie)))
  return { express: express.shown, koa: koa.shown, isSame: express.fingerprint === koa.fingerprint }
}

async function ask({ method = 'GET', path, ask: extra = {}, form }, port, cookie) {
  const origin = `http://localhost:${port}`
  const headers = Object.fromEntries(
    Object.entries(extra.headers ?? {}).map(([name, value]) => [name, value.replace('{origin}', origin)]),
  )
  const body = form && new URLSearchParams({ [form.field]: form.value, __back: '/#redirects' }).toString()
  if (body) headers['Content-Type'] = 'application/x-www-form-urlencoded'
  const asked = [`${method} ${path}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)]
  if (cookie) headers.Cookie = cookie
  const { status, reason, lines, start, size, digest, isText } = await request(
    `${origin}${path}`,
    { method, headers },
    body,
  )
  const content = isText ? start.toString() : start.subarray(0, 64).toString('hex').replace(/../g, '$& ').trim()
  return {
    shown: { asked, status, reason, fields: lines, body: content, size, isCut: size > (isText ? SHOWN : 64) },
    fingerprint: JSON.stringify([status, [...lines].map(String).sort(), digest]),
  }
}

function request(url, init, body) {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { ...init, agent: false }, (incoming) => {
      const hash = createHash('sha256')
      const start = []
      let size = 0
      incoming.on('data', (chunk) => {
        hash.update(chunk)
        if (size < SHOWN) start.push(chunk)
        size += chunk.length
      })
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode,
          reason: incoming.statusMessage,
          lines: fieldLines(incoming.rawHeaders),
          start: Buffer.concat(start).subarray(0, SHOWN),
          size,
          digest: hash.digest('hex'),
          isText: /^text\/|json|svg/.test(incoming.headers['content-type'] ?? 'text/'),
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Everything but the clock, the banner and what concerns the connection alone. */
function fieldLines(raw) {
  return raw.flatMap((name, index) =>
    index % 2 === 0 && !/^(?:date|x-powered-by|connection|keep-alive)$/i.test(name) ? [[name, raw[index + 1]]] : [],
  )
}
