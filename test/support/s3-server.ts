import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

/** An object of the store. */
export interface StoredBytes {
  readonly body: Buffer
  readonly fields?: http.OutgoingHttpHeaders
}

/** One request that the store got. */
export interface StoreRequest {
  readonly method: string
  /** The path and query. */
  readonly url: string
  readonly range: string | undefined
  readonly ifMatch: string | undefined
  readonly res: http.ServerResponse
  /** Resolves when the connection of the request is closed or the answer is complete; whether it was complete. */
  readonly over: Promise<boolean>
}

/** What the store does in place of its answer. `undefined`: it answers. */
export type Fault = (request: StoreRequest, count: number) => 'handled' | undefined

const TEXT = 'This text of the store names secret-bucket and AKIASECRET.'

/**
 * A store that speaks as much of the S3 protocol as reading needs: HeadObject and GetObject with Range and If-Match, path
 * style. A test makes it fail as real stores rarely do. Real servers prove the rest, in test/s3.
 */
export class S3Server extends EventEmitter<{ request: [StoreRequest] }> {
  readonly objects = new Map<string, StoredBytes>()
  requests: StoreRequest[] = []
  fault: Fault | undefined
  /** Real stores have it; some stores that speak the protocol do not. */
  knowsConditions = true
  knowsRanges = true
  tagsObjects = true
  readonly #server = http.createServer((req, res) => this.#answer(req, res))

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  client(): S3Client {
    return new S3Client(this.configuration)
  }

  get configuration(): S3ClientConfig {
    return {
      endpoint: this.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      requestHandler: { httpAgent: new http.Agent({ keepAlive: false }) }, // a test sees each socket that is left open
      credentials: { accessKeyId: 'AKIASECRET', secretAccessKey: 'very-secret' },
    }
  }

  /** Forgets the requests and the faults; objects stay. */
  reset(): void {
    this.requests = []
    this.fault = undefined
    this.knowsConditions = true
    this.knowsRanges = true
    this.tagsObjects = true
  }

  put(key: string, body: string | Buffer, fields: http.OutgoingHttpHeaders = {}): void {
    this.objects.set(key, { body: Buffer.from(body), fields })
  }

  /** The requests as `METHOD range if-match`. */
  get log(): string[] {
    return this.requests.map(({ method, range, ifMatch }) => [method, range, ifMatch].filter(Boolean).join(' '))
  }

  /** Answers with an error as S3 writes it. */
  static fail(
    res: http.ServerResponse,
    status: number,
    code: string,
    fields: http.OutgoingHttpHeaders = {},
  ): 'handled' {
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${TEXT}</Message><BucketName>secret-bucket</BucketName></Error>`
    const isHead = res.req.method === 'HEAD'
    res.writeHead(status, { 'Content-Type': 'application/xml', ...fields })
    res.end(isHead ? undefined : body)
    return 'handled'
  }

  static tagOf(body: string | Buffer): string {
    return `"${createHash('md5').update(body).digest('hex')}"`
  }

  #answer(req: http.IncomingMessage, res: http.ServerResponse): void {
    const over = new Promise<boolean>((resolve) => res.once('close', () => resolve(res.writableFinished)))
    const { range, 'if-match': ifMatch } = req.headers
    const request: StoreRequest = { method: req.method ?? '', url: req.url ?? '', range, ifMatch, res, over }
    this.requests.push(request)
    const isHandled = this.fault?.(request, this.requests.length) === 'handled'
    this.emit('request', request)
    if (!isHandled) this.send(request)
  }

  /** The right answer. */
  send({ method, url, range, ifMatch, res }: StoreRequest): void {
    const { pathname, searchParams } = new URL(url, 'http://x')
    const object = this.objects.get(decodeURIComponent(pathname.split('/').slice(2).join('/')))
    if (object === undefined) return void S3Server.fail(res, 404, 'NoSuchKey')
    const { body } = object
    const etag = S3Server.tagOf(body)
    if (this.knowsConditions && ifMatch !== undefined && ifMatch !== etag) {
      return void S3Server.fail(res, 412, 'PreconditionFailed')
    }
    const fields: http.OutgoingHttpHeaders = {
      'Content-Type': 'binary/octet-stream',
      'Last-Modified': 'Sat, 02 Jan 2021 03:04:05 GMT',
      'Accept-Ranges': 'bytes',
      ...(this.tagsObjects && { ETag: etag }),
      ...object.fields,
    }
    for (const name of ['content-disposition', 'content-type']) {
      const override = searchParams.get(`response-${name}`)
      if (override !== null) fields[name === 'content-type' ? 'Content-Type' : 'Content-Disposition'] = override
    }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec((this.knowsRanges && range) || '') ?? []
    const part = from === undefined ? body : body.subarray(Number(from), Number(to) + 1)
    if (from !== undefined) {
      if (part.length === 0) return void S3Server.fail(res, 416, 'InvalidRange')
      fields['Content-Range'] = `bytes ${from}-${Number(from) + part.length - 1}/${body.length}`
    }
    res.writeHead(from === undefined ? 200 : 206, { ...fields, 'Content-Length': part.length })
    res.end(method === 'HEAD' ? undefined : part)
  }
}
