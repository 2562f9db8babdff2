import http from 'node:http'
import type { RequestInit } from './request.js'

/** What arrived of an answer, whole or cut. */
export interface PartialAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
  /** The body came to its announced or chunked end. */
  readonly isComplete: boolean
}

/** One request whose answer may be cut off; rejects only if no head came. */
export function requestPartially(port: number, init: RequestInit = {}): Promise<PartialAnswer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', path = '/', headers = {}, agent = false } = init
    const outgoing = http.request({ port, host: '127.0.0.1', method, path, headers, agent }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        text += chunk
      })
      incoming.on('error', () => undefined) // cut: told by `complete`
      incoming.on('close', () => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          isComplete: incoming.complete,
        })
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** A client that reads until it has `bytes` of the body, then leaves; resolves when it has left. */
export function requestAndLeave(port: number, byteCount: number, init: RequestInit = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const { path = '/', headers = {} } = init
    const outgoing = http.get({ port, host: '127.0.0.1', path, headers, agent: false }, (incoming) => {
      let count = 0
      incoming.on('error', () => undefined) // its own doing
      incoming.on('data', (chunk: Buffer) => {
        count += chunk.length
        if (count >= byteCount) incoming.destroy()
      })
      incoming.on('close', () => resolve())
    })
    outgoing.on('error', reject)
  })
}
