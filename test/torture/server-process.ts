import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Report, ServerName } from './protocol.js'

/** The server under test, as the driver sees it. */
export class Server {
  readonly #child: ChildProcess
  #asked = 0
  readonly names: readonly ServerName[]
  /** Why the process is over, `undefined` while it lives. */
  hasEnded: string | undefined

  private constructor(child: ChildProcess, names: readonly ServerName[], inFlight: () => readonly string[]) {
    this.#child = child
    this.names = names
    let output = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000)
    })
    child.on('error', () => {}) // a message that finds no process: 'close' tells
    child.once('close', (code, signal) => {
      this.hasEnded = `${signal ?? `exit code ${code}`}; in flight: ${inFlight().join(' | ')}\n${output}`
    })
  }

  static async start(inFlight: () => readonly string[], script = 'server.ts'): Promise<Server> {
    const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, script)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const [{ servers }] = await once(child, 'message')
    return new Server(child, servers, inFlight)
  }

  /** Asks the server to do something, and for a report. */
  async ask(what: 'report' | 'collect' | 'new round' | 'shrink' | 'alive', id = ''): Promise<Report> {
    const key = `${what} ${this.#asked++}`
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#child.off('message', listen).off('close', lost)
      }
      const listen = ({ key: answered, report }: { readonly key: string; readonly report: Report }): void => {
        if (answered !== key) return
        stop()
        resolve(report)
      }
      const lost = (): void => {
        stop()
        reject(new Error('the server process ended before it gave its report'))
      }
      this.#child.setMaxListeners(100).on('message', listen).once('close', lost)
      if (this.hasEnded === undefined) this.#child.send({ ask: what, id, key })
      else lost()
    })
  }

  /** Whether the process still answers: a connection that is cut may be the first sign of its end. */
  async isAlive(): Promise<boolean> {
    try {
      await this.ask('alive')
      return true
    } catch {
      return false
    }
  }

  end(): void {
    this.#child.removeAllListeners('close')
    this.#child.kill('SIGKILL')
  }
}
