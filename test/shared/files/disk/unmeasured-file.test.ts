import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { contentOfFile } from '../../../../src/shared/files/disk/file-content.js'
import { openFile } from '../../../../src/shared/files/disk/open-file.js'
import { Sandbox } from '../../../support/sandbox.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

describe('a file that has not as many bytes as it says', () => {
  const path = '/proc/version'

  if (process.platform !== 'linux') {
    it('is not tested: the system has no /proc')
    return
  }

  it('is read to its end, without size, ranges and validators', async () => {
    const content = contentOfFile(await openFile(path, undefined), { path, opened: undefined })
    expect(content).to.include({ isSeekable: false, name: path })
    expect([content.size, content.path, content.lastModified]).to.deep.equal([undefined, undefined, undefined])
    const source = content.pull()
    content.close() // what is pulled has a use of its own
    const chunks: Uint8Array[] = []
    for (let next = await source.next(); next.done !== true; next = await source.next()) {
      chunks.push(next.value as Uint8Array) // a file gives bytes
    }
    expect(Buffer.concat(chunks).toString()).to.equal(readFileSync(path, 'utf8'))
  })

  it('is deleted after it was sent, if the call says so, as any other', async () => {
    const file = await openFile(path, undefined)
    const opened = { path, stats: file.stats }
    const content = contentOfFile(file, { path, opened })
    expect(content.opened).to.equal(opened)
    content.close()
  })

  it('is no ordinary file, empty or not', async () => {
    for (const text of ['', 'text', 'x'.repeat(200_000)]) {
      const written = sandbox.write('ordinary.txt', text)
      const file = await openFile(written, undefined)
      expect([file.isMeasured, file.size]).to.deep.equal([true, text.length])
      file.close()
    }
  })
})
