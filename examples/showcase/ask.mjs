import http from 'node:http'

/** More of an answer than this is neither shown nor compared: the rest is not asked for. */
const READ = 64 * 1024
const SHOWN = 1600
/** An endless stream is shown as far as it came in this time. */
const PATIENCE_MS = 1500

/** Asks both servers the same, and holds the start of the two answers against each other, byte by byte. */
export async function compare(request, ports) {
  const [express, koa, expressAlone, koaAlone] = await Promise.all([
    ask(request, ports.express),
    ask(request, ports.koa),
    request.hasPlain ? ask({ ...request, path: `/plain${request.path}` }, ports.express) : undefined,
    request.hasPlain ? ask({ ...request, path: `/plain${request.path}` }, ports.koa) : undefined,
  ])
  return {
    asked: express.asked,
    express: express.shown,
    koa: koa.shown,
    plain: { express: expressAlone?.shown, koa: koaAlone?.shown },
    isSame: express.fingerprint === koa.fingerprint,
  }
}

async function ask({ method, path, lines, body }, port) {
  const origin = `http://localhost:${port}`
  const fields = lines.map(([name, value]) => [name, value.replaceAll('{origin}', origin)])
  const answer = await read(port, { method, path, headers: groupByName(fields) }, body)
  const { status, reason, isText, isCut } = answer
  const content = answer.content.subarray(0, isText ? SHOWN : 64)
  const shownContent = isText ? content.toString() : content.toString('hex').replace(/../g, '$& ').trim()
  return {
    asked: [`${method} ${path}`, ...fields.map(([name, value]) => `${name}: ${value}`)],
    shown: {
      status,
      reason,
      fields: answer.fields,
      body: shownContent,
      size: answer.content.length,
      isCut: isCut || content.length < answer.content.length,
    },
    fingerprint: fingerprint(answer),
  }
}

/** Everything but the clock, the banner, what concerns the connection alone, and the random boundary of parts. */
function fingerprint({ status, fields, content }) {
  const type = fields.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  const boundary = /boundary="?([^";]+)/.exec(type)?.[1]
  const all = JSON.stringify([status, fields.map(String).sort(), content.toString('latin1')])
  return boundary === undefined ? all : all.replaceAll(boundary, 'boundary')
}

function groupByName(fields) {
  const groups = {}
  for (const [name, value] of fields) groups[name] = name in groups ? [groups[name], value].flat() : value
  return groups
}

function read(port, options, body) {
  return new Promise((resolve, reject) => {
    const outgoing = http.request({ host: '127.0.0.1', port, agent: false, ...options }, (incoming) => {
      const chunks = []
      let size = 0
      const finish = (isCut) => {
        clearTimeout(timer)
        incoming.destroy()
        resolve({
          status: incoming.statusCode,
          reason: incoming.statusMessage,
          fields: shownFields(incoming.rawHeaders),
          content: Buffer.concat(chunks).subarray(0, READ),
          isText: /^text\/|json|svg|multipart/.test(incoming.headers['content-type'] ?? 'text/'),
          isCut,
        })
      }
      const timer = setTimeout(finish, PATIENCE_MS, true)
      incoming.on('data', (chunk) => {
        chunks.push(chunk)
        size += chunk.length
        if (size >= READ) finish(true)
      })
      incoming.on('end', () => finish(false))
      incoming.on('error', () => finish(true))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function shownFields(raw) {
  return raw.flatMap((name, index) =>
    index % 2 === 0 && !/^(?:date|x-powered-by|connection|keep-alive)$/i.test(name) ? [[name, raw[index + 1]]] : [],
  )
}
