// The server of the fuzz, in a process of its own: makes one call with one odd value a request.
import { existsSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { isNativeError, isPromise } from 'node:util/types'
import * as root from '../../src/index.js'
import { frameworks, type Handler } from '../support/frameworks.js'
import { Sandbox } from '../support/sandbox.js'
import { argumentsWith, asksForDeletion, type Trial } from './calls.js'
import { OddError, oddValues } from './odd-values.js'
import type { ServerName } from './protocol.js'

/** What became of the last trial on a framework. */
export interface Outcome {
  /** What the call threw. */
  readonly thrown?: SeenError
  /** What reached the error handling of the framework. */
  readonly routed: readonly SeenError[]
  readonly isFileDeleted: boolean
}

export interface SeenError {
  readonly isError: boolean
  /** It is the odd value's own, or the engine's about an odd proxy or class. */
  readonly isOdd: boolean
  /** A built-in function threw it, and not the code of the kit. */
  readonly isByEngine: boolean
  readonly name: string
  readonly code: string | undefined
  readonly status: number | undefined
  readonly message: string
  readonly stack: string
}

const sandbox = new Sandbox()
export const CANARY = 'only a string may name this file'

function seen(error: unknown): SeenError {
  const facts = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  const isError = error instanceof Error || isNativeError(error) // also of another realm
  const message = isError ? error.message : typeof error
  return {
    isError,
    isOdd:
      error instanceof OddError ||
      facts.code === 'ODD' || // of another realm
      (isError && error.cause instanceof OddError) ||
      /revoked|^Class constructor|^Premature close|is locked$/.test(message),
    isByEngine: isError && !/\/src\//.test(/^ +at .*$/m.exec(`${error.stack}`)?.[0] ?? ''),
    name: isError ? error.name : typeof error,
    code: typeof facts.code === 'string' ? facts.code : undefined,
    status: typeof facts.status === 'number' ? facts.status : undefined,
    message: message.slice(0, 300),
    stack: isError ? `${error.stack}`.split('\n').slice(1, 5).join('\n') : '',
  }
}

function call(target: object, { how, call }: Trial, given: readonly unknown[]): unknown {
  const owner: any = how === 'method' ? target : root
  if (how === 'method') return owner[call](...given)
  return (target as any).reply(owner[call](...given))
}

function handlerOf(framework: string, errors: Error[]): Handler {
  const canaryPath = sandbox.write(`${framework}/canary.txt`, CANARY)
  const filePath = sandbox.write(`${framework}/file.txt`, 'the file')
  let thrown: SeenError | undefined
  let mayDelete = false
  return async (target, { url, native }) => {
    if (url === '/outcome') {
      if (mayDelete) await waitUntil(() => !existsSync(filePath)) // after the answer, so maybe later than this request
      const filesAreThere = existsSync(filePath) && existsSync(canaryPath)
      if (!existsSync(filePath)) sandbox.write(`${framework}/file.txt`, 'the file')
      const outcome = { thrown, routed: errors.splice(0).map(seen), isFileDeleted: !filesAreThere }
      return void target.text(JSON.stringify(outcome))
    }
    errors.length = 0
    thrown = undefined
    mayDelete = false
    const trial: Trial = JSON.parse(new URL(url, 'http://localhost').searchParams.get('trial') ?? '')
    mayDelete = asksForDeletion(trial)
    const odd = oddValues[trial.value]?.({ canaryPath })
    try {
      const result = call(target, trial, argumentsWith(trial, { filePath }, odd))
      if (isPromise(result)) return void (await result) // it answers, or leads its failure to the framework
    } catch (error) {
      thrown = seen(error)
    }
    finish(native)
  }
}

async function waitUntil(holds: () => boolean): Promise<void> {
  for (let end = Date.now() + 500; !holds() && Date.now() < end; ) await delay(10)
}

/** Ends what the call has only staged, or refused. */
function finish({ res, ctx }: { readonly res: any; readonly ctx: any }): void {
  if (ctx === undefined) {
    if (!res.headersSent && !res.writableEnded) res.end('staged')
  } else if (ctx.body === undefined && !ctx.res.headersSent) ctx.body = 'staged'
}

const names: ServerName[] = []
for (const framework of frameworks) {
  const errors: Error[] = []
  const routes = root.defineRoutes({ user: '/users/:id' })
  const kit = {
    routes,
    cookies: { secrets: ['s'.repeat(40)], encryptionKeys: ['k'.repeat(40)] },
    templates: (name: string) => `<p>${name}`,
  }
  const server = http.createServer(framework.createListener(handlerOf(framework.name, errors), { kit }, errors))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  names.push({ framework: framework.name, transport: 'http', port: (server.address() as AddressInfo).port })
}
process.on('disconnect', () => {
  sandbox.remove()
  process.exit()
})
process.on('message', ({ key }: { readonly key: string }) => process.send?.({ key }))
process.send?.({ servers: names })
