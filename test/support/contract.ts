import { expect } from 'chai'
import { type AppOptions, type Framework, frameworks, type Handler, listen, type RunningApp } from './frameworks.js'
import { type Answer, type RequestInit, request } from './request.js'

export interface ContractHost {
  readonly framework: Framework
  /** Serves one handler for the length of the test. */
  serve(handler: Handler, options?: AppOptions): Promise<RunningApp>
  /** Serves, asks once, and holds the answer against the other frameworks'. */
  answer(handler: Handler, init?: RequestInit, options?: AppOptions): Promise<Answer>
  /** Asks a running app, and holds the answer against the other frameworks'. */
  ask(app: RunningApp, init?: RequestInit): Promise<Answer>
  /** The same, if the body is the framework's own error page: only the status is held against the others. */
  askForError(app: RunningApp, init?: RequestInit): Promise<Answer>
}

/**
 * Cases written once and run over a real socket on Express 4, Express 5, Koa 2 and Koa 3. Every answer asked for is
 * recorded, and the last test of the group holds the four frameworks' answers to be the same bytes.
 */
export function contract(title: string, define: (host: ContractHost) => void): void {
  describe(title, () => {
    const records = new Map<string, Map<string, unknown>>()
    for (const framework of frameworks) {
      describe(framework.name, () => {
        const running: RunningApp[] = []
        let testTitle = ''
        let count = 0
        beforeEach(function () {
          testTitle = this.currentTest?.titlePath().slice(2).join(' / ') ?? ''
          count = 0
        })
        afterEach(async () => {
          await Promise.all(running.splice(0).map((app) => app.close()))
        })
        const record = (answer: unknown): void => {
          const key = `${testTitle} #${count++}`
          const answers = records.get(key) ?? new Map<string, unknown>()
          records.set(key, answers.set(framework.name, answer))
        }
        const host: ContractHost = {
          framework,
          async serve(handler, options = {}) {
            const errors: Error[] = []
            const app = await listen(framework.createListener(handler, options, errors), errors)
            running.push(app)
            return app
          },
          async answer(handler, init, options) {
            return host.ask(await host.serve(handler, options), init)
          },
          async ask(app, init) {
            const answer = await request(app.port, init)
            record(comparable(answer, app, framework.name))
            return answer
          },
          async askForError(app, init) {
            const answer = await request(app.port, init)
            record(answer.status)
            return answer
          },
        }
        define(host)
      })
    }
    describe('all four', () => {
      it('give the same status, fields and bytes', () => {
        for (const [key, answers] of records) {
          const [first, ...others] = [...answers]
          if (first === undefined) continue
          for (const [name, answer] of others)
            expect(answer, `${key}: ${name} against ${first[0]}`).to.deep.equal(first[1])
        }
      })
    })
  })
}

/**
 * Everything on the wire but the clock and the framework's banner. The port, new for each app, and the boundary, new for
 * each answer, are masked. Express 4 alone has its own spelling of two values, which its own tests hold `download` to.
 */
function comparable({ status, rawHeaders, body }: Answer, app: RunningApp, name: Framework['name']): unknown {
  const spell = (line: string): string =>
    name === 'express4'
      ? line.replace('charset=UTF-8', 'charset=utf-8').replace(/; filename="([\w.!#$%&'*+^`|~-]+)"/, '; filename=$1')
      : line
  const boundary = /boundary=([\w-]+)/.exec(rawHeaders.join())?.[1]
  const mask = (text: string): string => {
    const masked = text.replaceAll(`:${app.port}`, ':PORT')
    return boundary === undefined ? masked : masked.replaceAll(boundary, 'BOUNDARY')
  }
  const lines: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const field = rawHeaders[index] ?? ''
    if (!/^(?:date|x-powered-by)$/i.test(field)) lines.push(spell(mask(`${field}: ${rawHeaders[index + 1]}`)))
  }
  return { status, fields: lines.sort(), body: mask(body.toString('latin1')) }
}
