import { PassThrough, Readable } from 'node:stream'
import { expect } from 'chai'
import { openPullSource, type PullSource } from '../../../src/shared/streams/pull-source.js'
import { adoptSource } from '../../../src/shared/streams/source-owner.js'

describe('openPullSource() of a Node stream', () => {
  it('gives the last chunk, and the end without waiting for the close', async () => {
    for (const ticks of [0, 1]) {
      const chunks = ['a', 'b', null]
      const stream = new Readable({
        read() {
          const push = (): unknown => this.push(chunks.shift())
          if (ticks === 0) push()
          else setImmediate(push)
        },
        destroy: () => undefined,
      })
      const source = openPullSource(stream)
      let text = ''
      for (let result = await source.next(); result.done !== true; result = await source.next()) text += result.value
      expect(text).to.equal('ab')
      expect((await source.next()).done).to.equal(true)
    }
  })

  it('fails if the stream fails as it ends', async () => {
    const stream = new Readable({
      read() {
        this.push('a')
        this.push(null)
      },
      destroy: (_, callback) => callback(new Error('wrong checksum')),
    })
    const source = openPullSource(stream)
    expect((await source.next()).value).to.deep.equal(Buffer.from('a'))
    const failure = await Promise.resolve(source.next()).catch((reason: unknown) => reason)
    expect(failure).to.have.property('message', 'wrong checksum')
  })
})

describe('openPullSource() of a Node stream that fails without being destroyed', () => {
  const moments: Readonly<Record<string, (stream: Readable, source: PullSource) => Promise<void>>> = {
    'before it is opened': async () => {},
    'after it is opened, before the first read': async (stream) => {
      stream.emit('error', new Error('broken'))
    },
    'during a read': async (stream, source) => {
      stream.push('a')
      expect(await source.next()).to.deep.equal({ done: false, value: Buffer.from('a') })
      setImmediate(() => stream.emit('error', new Error('broken')))
    },
    'between two reads': async (stream, source) => {
      stream.push('a')
      expect(await source.next()).to.deep.equal({ done: false, value: Buffer.from('a') })
      stream.emit('error', new Error('broken'))
    },
  }

  for (const [moment, fail] of Object.entries(moments)) {
    for (const autoDestroy of [true, false]) {
      it(`${moment}: the next read fails, and the stream is destroyed (autoDestroy: ${autoDestroy})`, async () => {
        const stream = new PassThrough({ autoDestroy })
        adoptSource(stream)
        if (moment === 'before it is opened') stream.emit('error', new Error('broken'))
        const source = openPullSource(stream)
        await fail(stream, source)
        let reason: unknown
        await Promise.resolve(source.next()).catch((error: unknown) => {
          reason = error
        })
        expect(reason).to.have.property('message', 'broken')
        expect(stream.destroyed).to.equal(true)
      })
    }
  }
})
