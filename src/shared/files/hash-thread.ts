import { Worker } from 'node:worker_threads'
import { ResponseKitError, toError } from '../checks/errors.js'

/** A hash that another thread computes, so that the event loop is free meanwhile. */
export interface HashInThread {
  /** Settles when the thread has taken the bytes in. The caller waits for one call before it makes the next. */
  update(bytes: Uint8Array): Promise<void>
  /** In base64. */
  digest(): Promise<string>
  /** Called once, after `digest` or in place of it. */
  close(): void
}

interface Task {
  readonly id: number
  readonly algorithm: string
  /** Absent: the digest is wanted, or (`isOver`) nothing more. */
  readonly bytes?: Uint8Array
  readonly isOver?: boolean
}

// Plain text, so that no bundler and no loader of the app has to find a file.
const PROGRAM = `
const { parentPort } = require('node:worker_threads')
const { createHash } = require('node:crypto')
const hashes = new Map()
parentPort.on('message', ({ id, algorithm, bytes, isOver }) => {
  if (isOver) {
    hashes.delete(id)
    return
  }
  const hash = hashes.get(id) ?? createHash(algorithm)
  hashes.set(id, hash)
  if (bytes === undefined) parentPort.postMessage({ id, digest: hash.digest('base64') })
  else {
    hash.update(bytes)
    parentPort.postMessage({ id })
  }
})
`

/** A thread without work ends after this. */
const IDLE_MS = 5000

let thread: HashThread | undefined
let lastId = 0

/** Begins a hash in the one thread that the process has for this. */
export function hashInThread(algorithm: string): HashInThread {
  if (thread === undefined || thread.isOver) thread = new HashThread()
  return thread.begin(algorithm)
}

interface Waiting {
  resolve(digest: string | undefined): void
  reject(error: Error): void
}

class HashThread {
  isOver = false
  readonly #worker: Worker
  /** Every hash under way, with the one answer it waits for. */
  readonly #hashes = new Map<number, Waiting | undefined>()
  #idleTimer: NodeJS.Timeout | undefined

  constructor() {
    // Neither flags nor environment of the app: they may name loaders and inspectors.
    this.#worker = new Worker(PROGRAM, { eval: true, execArgv: [], env: {}, name: 'response-kit hash' })
    this.#worker.on('message', ({ id, digest }: { readonly id: number; readonly digest?: string }) => {
      const waiting = this.#hashes.get(id)
      if (waiting === undefined) return
      this.#hashes.set(id, undefined)
      waiting.resolve(digest)
    })
    this.#worker.on('error', (error) => this.#end(toError(error)))
    this.#worker.on('exit', () => this.#end(new ResponseKitError('SOURCE_FAILED', 'The hash thread has ended')))
    this.#worker.unref()
  }

  begin(algorithm: string): HashInThread {
    const id = ++lastId
    clearTimeout(this.#idleTimer)
    this.#hashes.set(id, undefined)
    this.#worker.ref()
    const ask = (bytes?: Uint8Array): Promise<string | undefined> =>
      new Promise((resolve, reject) => {
        if (!this.#hashes.has(id)) {
          reject(new ResponseKitError('SOURCE_FAILED', 'The hash thread has ended'))
          return
        }
        this.#hashes.set(id, { resolve, reject })
        this.#post(bytes === undefined ? { id, algorithm } : { id, algorithm, bytes })
      })
    return {
      async update(bytes) {
        await ask(new Uint8Array(bytes)) // a copy of its own, whose memory moves to the thread
      },
      digest: async () => (await ask()) ?? '',
      close: () => this.#close(id, algorithm),
    }
  }

  #post(task: Task): void {
    this.#worker.postMessage(task, task.bytes === undefined ? [] : [task.bytes.buffer as ArrayBuffer]) // not a shared one: copied
  }

  #close(id: number, algorithm: string): void {
    if (!this.#hashes.delete(id)) return
    this.#post({ id, algorithm, isOver: true })
    if (this.#hashes.size > 0) return
    this.#worker.unref()
    this.#idleTimer = setTimeout(() => {
      this.isOver = true
      void this.#worker.terminate()
    }, IDLE_MS).unref()
  }

  #end(error: Error): void {
    this.isOver = true
    clearTimeout(this.#idleTimer)
    for (const waiting of this.#hashes.values()) waiting?.reject(error)
    this.#hashes.clear()
  }
}
