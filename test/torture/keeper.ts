import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import type { Kind, WholeAnswer } from './kinds.js'
import { type Plan, SOURCE_FAULTS } from './plan.js'

/** What middleware has kept of an answer is not what was sent. */
export class WrongKeptBytes extends Error {
  override readonly name = 'WrongKeptBytes'
}

/**
 * Keeps the pieces of each answer, as a cache or a digest does, and compares all of them at the end. So a piece that is left
 * out is seen, and memory that is used again too early.
 */
export class Keeper {
  readonly #kindOf: (plan: Plan) => Kind | undefined
  readonly #planOf: (req: IncomingMessage) => Plan
  readonly #report: (error: Error) => void

  constructor(
    planOf: (req: IncomingMessage) => Plan,
    kindOf: (plan: Plan) => Kind | undefined,
    report: (error: Error) => void,
  ) {
    this.#planOf = planOf
    this.#kindOf = kindOf
    this.#report = report
  }

  /** Middleware of Express, or of a plain server. */
  readonly onExpress = (req: IncomingMessage, res: ServerResponse, next: () => void): void => {
    const kept: Uint8Array[] = []
    const { write, end } = res
    const keep = (chunk: unknown, encoding: unknown): void => {
      if (typeof chunk === 'string')
        kept.push(Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8'))
      else if (chunk instanceof Uint8Array) kept.push(chunk)
    }
    Object.assign(res, {
      write(this: ServerResponse, ...given: any[]) {
        keep(given[0], given[1])
        return write.apply(this, given as Parameters<typeof write>)
      },
      end(this: ServerResponse, ...given: any[]) {
        keep(given[0], given[1])
        return end.apply(this, given as Parameters<typeof end>)
      },
    })
    res.once('finish', () => this.#compare(req, res, kept))
    next()
  }

  /** Middleware of Koa. */
  readonly onKoa = async (ctx: any, next: () => Promise<void>): Promise<void> => {
    await next()
    const { body } = ctx
    const kept: Uint8Array[] = []
    if (body instanceof Readable && ctx.method !== 'HEAD') body.on('data', (chunk) => kept.push(chunk))
    else if (body instanceof Uint8Array) kept.push(body)
    else if (typeof body === 'string') kept.push(Buffer.from(body))
    ctx.res.once('finish', () => this.#compare(ctx.req, ctx.res, kept))
  }

  #compare(req: IncomingMessage, res: ServerResponse, kept: readonly Uint8Array[]): void {
    if (req.method !== 'GET' || req.url === '/ping') return
    const plan = this.#planOf(req)
    const kind = this.#kindOf(plan)
    const isFaulty = (SOURCE_FAULTS as readonly string[]).includes(plan.fault)
    if (kind === undefined || isFaulty || res.statusCode !== (kind.status ?? 200)) return
    const fields = res.getHeaders() as WholeAnswer['fields'] // no kind reads a field whose value is a number
    const body = Buffer.concat(kept)
    try {
      kind.verify({ fields, body: fields['content-encoding'] === 'gzip' ? gunzipSync(body) : body }, plan)
    } catch (error) {
      this.#report(new WrongKeptBytes(`${plan.kind}, ${plan.fault}: ${(error as Error).message}`))
    }
  }
}
