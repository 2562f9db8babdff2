import fs, { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { expect } from 'chai'
import { openFile } from '../../../../src/shared/files/disk/open-file.js'
import { Sandbox } from '../../../support/sandbox.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

async function textOf(path: string, root: string): Promise<string> {
  const file = await openFile(path, root)
  try {
    return (await file.readWhole()).toString()
  } finally {
    file.close()
  }
}

async function outcomeOf(path: string, root: string): Promise<unknown> {
  return textOf(path, root).catch((error: { status?: number }) => error.status)
}

const { readlinkSync, realpathSync } = fs

/** A system that does not tell the path of a descriptor, such as macOS. */
function withoutProc(): void {
  fs.readlinkSync = (() => {
    throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
  }) as unknown as typeof readlinkSync // only thrown from
  syncBuiltinESMExports()
}

function restore(): void {
  Object.assign(fs, { readlinkSync })
  Object.assign(fs.realpathSync, { native })
  syncBuiltinESMExports()
}
const { native } = realpathSync

for (const [title, key, setUp] of [
  ['with /proc', 'a', () => {}],
  ['without /proc', 'b', withoutProc],
] as const) {
  describe(`a file below a root, ${title}`, () => {
    const root = sandbox.path(`root-${key}`)
    const outside = sandbox.path(`outside-${key}`)

    before(() => {
      sandbox.write(`root-${key}/inside/a.txt`, 'inside')
      sandbox.write(`outside-${key}/a.txt`, 'outside')
      symlinkSync(outside, `${root}/leaving`)
      symlinkSync(`${root}/inside`, `${root}/staying`)
      symlinkSync(root, sandbox.path(`link-${key}`))
    })
    beforeEach(setUp)
    afterEach(restore)

    it('is found, also through a link that stays inside, and through a root that is a link', async () => {
      expect(await outcomeOf(`${root}/inside/a.txt`, root)).to.equal('inside')
      expect(await outcomeOf(`${root}/staying/a.txt`, root)).to.equal('inside')
      const link = sandbox.path(`link-${key}`)
      expect(await outcomeOf(`${link}/inside/a.txt`, link)).to.equal('inside')
    })

    it('is not found through a link that leaves it, whether it is there or not', async () => {
      expect(await outcomeOf(`${root}/leaving/a.txt`, root)).to.equal(404)
      expect(await outcomeOf(`${root}/leaving/b.txt`, root)).to.equal(404)
    })

    it('is never one outside, however its directory is exchanged for a link meanwhile', async () => {
      const directory = `${root}/turning`
      symlinkSync(outside, `${root}/turning.link`)
      mkdirSync(`${root}/turning.directory`)
      fs.writeFileSync(`${root}/turning.directory/a.txt`, 'inside')
      let isDirectory = true
      renameSync(`${root}/turning.directory`, directory)
      const turn = (): void => {
        renameSync(directory, `${root}/turning.${isDirectory ? 'directory' : 'link'}`)
        isDirectory = !isDirectory
        renameSync(`${root}/turning.${isDirectory ? 'directory' : 'link'}`, directory)
      }
      const outcomes = new Map<unknown, number>()
      for (let round = 0; round < 400; round++) {
        const opening = outcomeOf(`${directory}/a.txt`, root)
        for (let step = 0; step < round % 7; step++) {
          await new Promise((resolve) => setImmediate(resolve))
          turn()
        }
        const outcome = await opening
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
      expect([...outcomes.keys()]).not.to.include('outside')
      expect(outcomes.get('inside')).to.be.greaterThan(0)
      rmSync(directory, { recursive: true })
    })

    it('is found while a deploy turns the link that is the root', async () => {
      sandbox.write(`release-1-${key}/public/a.txt`, 'release 1')
      sandbox.write(`release-2-${key}/public/a.txt`, 'release 2')
      const current = sandbox.path(`current-${key}`)
      let release = 0
      const deploy = (): void => {
        release = (release % 2) + 1
        symlinkSync(sandbox.path(`release-${release}-${key}`), `${current}.new`)
        renameSync(`${current}.new`, current)
      }
      deploy()
      for (let round = 0; round < 300; round++) {
        const opening = outcomeOf(`${current}/public/a.txt`, `${current}/public`)
        for (let step = 0; step < round % 8; step++) {
          await new Promise((resolve) => setImmediate(resolve))
          deploy()
        }
        expect(await opening).to.match(/^release [12]$/)
      }
    })
  })
}

describe('a file below a root, without /proc', () => {
  beforeEach(withoutProc)
  afterEach(restore)

  it('is not found if what was opened is not what the checked path names', async () => {
    const root = sandbox.path('exchanged')
    const outside = sandbox.write('elsewhere/a.txt', 'outside')
    sandbox.write('exchanged/inside/a.txt', 'inside')
    symlinkSync(sandbox.path('elsewhere'), `${root}/link`)
    // An attacker turns the link for a directory after each open, before the look at the path.
    Object.assign(fs.realpathSync, { native: () => `${root}/inside/a.txt` })
    syncBuiltinESMExports()
    expect(await outcomeOf(`${root}/link/a.txt`, root)).to.equal(404)
    expect(fs.readFileSync(outside, 'utf8')).to.equal('outside')
  })
})
