import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { OpenFile } from '../../src/shared/files/disk/open-file.js'
import { contract } from '../support/contract.js'
import { LARGE_SIZE, largePath } from '../support/large-body.js'
import { Wire } from '../support/wire.js'

contract('clients that stop reading a file', ({ serve }) => {
  const { read, close } = OpenFile.prototype
  const files = new EventEmitter()
  let taken = 0

  beforeEach(() => {
    taken = 0
    OpenFile.prototype.read = function (buffer, length, position, done) {
      read.call(this, buffer, length, position, (error, count) => {
        taken += count
        done(error, count)
      })
    }
    OpenFile.prototype.close = function () {
      close.call(this)
      files.emit('closed')
    }
  })
  afterEach(() => {
    Object.assign(OpenFile.prototype, { read, close })
  })

  /** Until nothing has been read for a while: that nothing happens has no event. */
  async function standstill(): Promise<void> {
    for (let last = -1; last !== taken; await delay(100)) last = taken
  }

  it('stop the reading of it', async () => {
    const app = await serve((target) => target.download(largePath))
    const wires = await Promise.all(Array.from({ length: 5 }, () => Wire.connect(app.port)))
    await Promise.all(wires.map((wire) => wire.get().receive(1)))
    await standstill()
    // What the system's own buffers take is beyond the reach of any server.
    expect(taken).to.be.lessThan((LARGE_SIZE * wires.length * 3) / 4)
    for (const wire of wires) wire.reset()
  })

  it('are cut off by the timeout of the server, and the file is closed', async () => {
    const told: boolean[] = []
    const app = await serve((target) => target.download(largePath), {
      kit: { onError: (_error, { aborted }) => void told.push(aborted) },
    })
    app.server.setTimeout(200)
    const wire = await Wire.connect(app.port)
    const closed = once(files, 'closed')
    await wire.get().receive(1)
    await closed
    const received = await wire.receiveAll()
    expect(received.length).to.be.lessThan(LARGE_SIZE)
    expect(told).to.deep.equal([true])
    expect(app.errors).to.deep.equal([])
  })
})
