import http from 'node:http'

export interface RequestInit {
  readonly method?: string
  readonly path?: string
  readonly headers?: http.OutgoingHttpHeaders
  readonly body?: string | Uint8Array
  readonly agent?: http.Agent
}

/** An answer as it was on the wire. */
export interface Answer {
  readonly status: number
  readonly reason: string
  /** Field names in lower case; lines of the same name joined as node joins them. */
  readonly headers: http.IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly text: string
}

/** One request over a real socket; nothing is followed, decoded or normalised. */
export function request(port: number, init: RequestInit = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', path = '/', headers = {}, body, agent = false } = init
    const outgoing = http.request({ port, host: '127.0.0.1', method, path, headers, agent }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const whole = Buffer.concat(chunks)
        resolve({
          status: incoming.statusCode ?? 0,
          reason: incoming.statusMessage ?? '',
          headers: incoming.headers,
          rawHeaders: incoming.rawHeaders,
          body: whole,
          text: whole.toString(),
        })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
