import { renameSync, unlinkSync } from 'node:fs'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

/** Requests that are all there before the server looks at the first of them: pipelined on one connection. */
async function pipelined(port: number, fields: readonly string[]): Promise<string> {
  const wire = await Wire.connect(port)
  const requests = fields.map((each, index) => {
    const last = index === fields.length - 1 ? 'Connection: close\r\n' : ''
    return `GET / HTTP/1.1\r\nHost: x\r\n${each}${last}\r\n`
  })
  wire.send(requests.join(''))
  return (await wire.receiveAll()).toString()
}

contract('one file asked for by several requests at a time', ({ serve, askForError, framework }) => {
  const name = (suffix: string) => `${framework.name}-${suffix}`

  it('each gets what it asked for: the whole, a part, none of it', async () => {
    const file = sandbox.write(name('parts.txt'), '0123456789')
    const app = await serve((target) => void target.download(file))
    const { etag } = (await askForError(app)).headers
    const answers = await pipelined(app.port, [
      '',
      'Range: bytes=2-4\r\n',
      `If-None-Match: ${etag}\r\n`,
      'Range: bytes=20-\r\n',
      '',
    ])
    const [, ...each] = answers.split('HTTP/1.1 ')
    expect(each.map((text) => text.slice(0, 3))).to.deep.equal(['200', '206', '304', '416', '200'])
    const bodies = each.map((text) => text.slice(text.indexOf('\r\n\r\n') + 4))
    expect([bodies[0], bodies[1], bodies[2], bodies[4]]).to.deep.equal(['0123456789', '234', '', '0123456789'])
  })

  it('each gets all bytes of a file larger than one read, and one that leaves takes nothing from the others', async () => {
    for (const size of [700_000, 3_000_000]) {
      const file = sandbox.write(name(`${size}.bin`), Buffer.alloc(size, 'x'))
      const app = await serve((target) => void target.download(file))
      const leaving = await Promise.all(Array.from({ length: 5 }, () => Wire.connect(app.port)))
      const staying = Array.from({ length: 10 }, () => request(app.port))
      for (const wire of leaving) {
        await wire.get('/').receive(1000)
        wire.socket.destroy()
      }
      for (const { body, headers } of await Promise.all(staying)) {
        expect([headers['content-length'], body.length]).to.deep.equal([`${size}`, size])
        expect(body.every((byte) => byte === 0x78)).to.equal(true)
      }
    }
  })

  it('a file that is missing is missing for each of them, and each failure is told once', async () => {
    const app = await serve((target) => void target.file(sandbox.path(name('missing'))))
    const answers = await pipelined(app.port, Array(8).fill(''))
    expect(answers.match(/HTTP\/1\.1 404/g)).to.have.length(8)
    expect(app.errors).to.have.length(8)
    expect(new Set(app.errors).size, 'an error for each').to.equal(8)
  })

  it('a request that comes after a file has been replaced gets the new one, however many ask', async () => {
    const file = sandbox.write(name('replaced.txt'), 'version 0')
    for (const kit of [{}, { files: { cache: {} } }]) {
      const app = await serve((target) => void target.file(file), { kit })
      for (let version = 1; version <= 20; version++) {
        const before = Array.from({ length: 4 }, () => request(app.port))
        renameSync(sandbox.write(name('next.txt'), `version ${version}`), file)
        const answers = await Promise.all([request(app.port), request(app.port)])
        for (const { text } of answers) expect(text).to.equal(`version ${version}`)
        for (const { text, headers } of await Promise.all(before)) {
          expect(headers['content-length']).to.equal(`${text.length}`)
        }
      }
    }
    unlinkSync(file)
  })
})
