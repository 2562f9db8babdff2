import { existsSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { expect } from 'chai'
import { deleteOpened } from '../../../../src/shared/files/disk/delete-file.js'
import { Sandbox } from '../../../support/sandbox.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

const opened = (path: string) => ({ path, stats: statSync(path, { bigint: true }) })

describe('deleteOpened()', () => {
  it('deletes the file that was opened', async () => {
    const path = sandbox.write('plain/a.txt', 'x')
    await deleteOpened(opened(path))
    expect(existsSync(path)).to.equal(false)
  })

  it('keeps a file that has taken its place', async () => {
    const path = sandbox.write('replaced/a.txt', 'x')
    const before = opened(path)
    renameSync(sandbox.write('replaced/next.txt', 'next'), path)
    await deleteOpened(before)
    expect(readFileSync(path, 'utf8')).to.equal('next')
  })

  it('keeps a file that the app puts in its place meanwhile, in whichever turn', async () => {
    for (let turns = 0; turns < 200; turns++) {
      const path = sandbox.write('meanwhile/a.txt', 'x')
      const next = sandbox.write('meanwhile/next.txt', 'next')
      const deleted = deleteOpened(opened(path))
      for (let turn = 0; turn < turns % 20; turn++) await setImmediate()
      renameSync(next, path)
      await deleted
      expect(readFileSync(path, 'utf8')).to.equal('next')
    }
  })

  it('keeps a file that has got the inode of the one that was opened', async () => {
    const path = sandbox.write('inode/a.txt', 'next')
    const { stats } = opened(path)
    const earlier = Object.assign(Object.create(stats), { birthtimeNs: stats.birthtimeNs - 1_000_000_000n })
    await deleteOpened({ path, stats: earlier })
    expect(readFileSync(path, 'utf8')).to.equal('next')
  })

  it('takes it for no failure that the file or its directory is gone', async () => {
    const path = sandbox.write('gone/a.txt', 'x')
    const before = opened(path)
    renameSync(sandbox.path('gone'), sandbox.path('gone.away'))
    await deleteOpened(before)
    expect(existsSync(sandbox.path('gone.away/a.txt'))).to.equal(true)
  })

  it('never goes through a link that its directory has been exchanged for', async () => {
    const path = sandbox.write('moved/a.txt', 'x')
    const before = opened(path)
    mkdirSync(sandbox.path('outside'))
    renameSync(path, sandbox.path('outside/a.txt')) // the very inode, at another place
    renameSync(sandbox.path('moved'), sandbox.path('moved.away'))
    symlinkSync(sandbox.path('outside'), sandbox.path('moved'))
    await deleteOpened(before)
    expect(existsSync(sandbox.path('outside/a.txt'))).to.equal(true)
  })

  it('deletes nothing if a FIFO or a directory is there by then', async () => {
    const path = sandbox.write('other/a.txt', 'x')
    const before = opened(path)
    renameSync(path, sandbox.path('other/b.txt'))
    mkdirSync(path)
    writeFileSync(`${path}/in.txt`, 'x')
    await deleteOpened(before)
    expect(existsSync(`${path}/in.txt`)).to.equal(true)
  })
})
