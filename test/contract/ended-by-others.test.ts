import { existsSync, truncateSync } from 'node:fs'
import { expect } from 'chai'
import type { ResponseMethods, SendOutcome } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const SIZE = 64 * 1024 * 1024 // no kernel takes so much of an answer that its client does not read
const PIECE = Buffer.alloc(64 * 1024, 'x')
const sandbox = new Sandbox()
after(() => sandbox.remove())

function sparseFile(): string {
  const path = sandbox.write('large.bin', '')
  truncateSync(path, SIZE)
  return path
}

function* pieces(): Generator<Buffer> {
  for (let sent = 0; sent < SIZE; sent += PIECE.length) yield PIECE
}

const LENGTH = { headers: { 'Content-Length': `${SIZE}` } }
const bodies: Readonly<
  Record<string, readonly [answer: (target: ResponseMethods, path: string) => unknown, range?: string]>
> = {
  'a file': [(target, path) => target.file(path, { deleteAfterSend: true })],
  'a part of a file': [(target, path) => target.file(path), 'bytes=1-'],
  'two parts of a file': [(target, path) => target.file(path), 'bytes=0-33554431,33554433-'],
  'a Buffer': [(target) => target.file(Buffer.alloc(SIZE))],
  'a generator with a length': [(target) => target.download(pieces(), 'a.bin', LENGTH)],
}

contract('other code that ends an answer under way', ({ serve }) => {
  for (const [body, [answer, range]] of Object.entries(bodies)) {
    for (const [how, last] of [
      ['end()', undefined],
      ['end() with bytes', Buffer.alloc(8 * 1024 * 1024, 'y')],
    ] as const) {
      it(`${body}, ${how}: the answer is cut, so no later one is taken for its rest`, async () => {
        const path = sparseFile()
        let end = (): void => undefined
        let tell = (_outcome: SendOutcome): void => undefined
        const told = new Promise<SendOutcome>((resolve) => {
          tell = resolve
        })
        const app = await serve((target, { native }) => {
          const res = native.res ?? native.ctx.res
          end = () => res.end(last)
          return answer(target.afterSend(tell), path)
        })
        const wire = await Wire.connect(app.port)
        wire.get('/', range === undefined ? '' : `Range: ${range}\r\n`)
        await wire.receive(1)
        wire.get('/')
        end()
        await wire.receiveAll()
        expect(wire.body.length).to.be.lessThan(SIZE)
        const { aborted, error } = await told
        expect([aborted, (error as { code?: string } | undefined)?.code]).to.deep.equal([false, 'ALREADY_SENT'])
        expect(existsSync(path)).to.equal(true)
        expect(app.errors.map(({ message }) => message)).to.deep.equal([error?.message])
      })
    }
  }
})
