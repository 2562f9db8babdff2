import { closeSync, fstatSync, openSync } from 'node:fs'
import { expect } from 'chai'
import { type OpenFile, openFile } from '../../../../src/shared/files/disk/open-file.js'
import { Sandbox } from '../../../support/sandbox.js'

const sandbox = new Sandbox()
const mine = sandbox.write('mine.txt', 'my bytes')
const other = sandbox.write('other.txt', 'of another')
after(() => sandbox.remove())

/** Every way to use an open file. */
const uses: readonly (readonly [string, (file: OpenFile) => Promise<unknown>])[] = [
  [
    'read()',
    (file) =>
      new Promise((resolve, reject) => {
        file.read(Buffer.alloc(8), 8, 0, (error, count) => (error ? reject(error) : resolve(count)))
      }),
  ],
  ['readFully()', (file) => file.readFully(Buffer.alloc(8), 8, 0)],
  ['readWhole()', (file) => file.readWhole()],
  ['isChanged()', async (file) => file.isChanged()],
]

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** Takes the descriptor numbers that are free, as another part of the process does. */
function takeNumbers(): number[] {
  return Array.from({ length: 20 }, () => openSync(other, 'r'))
}

describe('OpenFile', () => {
  for (const [title, use] of uses) {
    it(`${title} works before close()`, async () => {
      const file = await openFile(mine, undefined)
      expect(await failureOf(use(file))).to.equal(undefined)
      file.close()
    })

    it(`${title} is refused after close(), also if the number belongs to another file by then`, async () => {
      const file = await openFile(mine, undefined)
      file.close()
      const taken = takeNumbers()
      const failure = await failureOf(use(file))
      expect(failure).to.include({ code: 'SOURCE_FAILED', message: 'The file is closed' })
      for (const fd of taken) closeSync(fd)
    })

    it(`${title} is refused after close(), also if another user has the file still open`, async () => {
      const left = await openFile(mine, undefined)
      const right = left.share()
      left.close()
      expect(await failureOf(use(left))).to.include({ code: 'SOURCE_FAILED' })
      expect(await failureOf(use(right))).to.equal(undefined)
      right.close()
    })
  }

  it('close() closes once: a second call leaves the file that has the number by then open', async () => {
    const first = await openFile(mine, undefined)
    const files = [first, first.share()]
    for (const file of files) file.close()
    const taken = takeNumbers()
    for (const file of files) file.close()
    for (const fd of taken) {
      expect(fstatSync(fd).size).to.equal('of another'.length)
      closeSync(fd)
    }
  })

  it('a read under way at close() ends with the bytes of its own file', async () => {
    const file = await openFile(mine, undefined)
    const buffer = Buffer.alloc(8)
    const count = new Promise((resolve, reject) => {
      file.read(buffer, 8, 0, (error, length) => (error ? reject(error) : resolve(length)))
    })
    file.close()
    const taken = takeNumbers()
    expect(await count).to.equal(8)
    expect(buffer.toString()).to.equal('my bytes')
    for (const fd of taken) closeSync(fd)
  })

  it('a read of the whole under way at close() ends with the bytes of its own file', async () => {
    const file = await openFile(mine, undefined)
    const whole = file.readWhole()
    file.close()
    const taken = takeNumbers()
    expect((await whole).toString()).to.equal('my bytes')
    for (const fd of taken) closeSync(fd)
  })
})
