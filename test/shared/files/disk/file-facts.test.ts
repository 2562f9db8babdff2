import { type BigIntStats, linkSync, statSync, utimesSync } from 'node:fs'
import { expect } from 'chai'
import { identityOf, isSameFile, modificationTime } from '../../../../src/shared/files/disk/file-facts.js'
import { Sandbox } from '../../../support/sandbox.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

const stats = (path: string): BigIntStats => statSync(path, { bigint: true })

describe('the facts of a file', () => {
  it('name no time in the future (RFC 9110 §8.8.2.1)', () => {
    const path = sandbox.write('future.txt', 'x')
    utimesSync(path, new Date('2100-01-01'), new Date('2100-01-01'))
    expect(modificationTime(stats(path))).to.be.at.most(Date.now())
    utimesSync(path, new Date('2001-01-01'), new Date('2001-01-01'))
    expect(modificationTime(stats(path))).to.equal(Date.parse('2001-01-01'))
  })

  it('tell the same file by its inode, and the same version by its times as well', () => {
    const path = sandbox.write('one.txt', 'x')
    const before = stats(path)
    linkSync(path, sandbox.path('two.txt'))
    expect(isSameFile(before, stats(sandbox.path('two.txt')))).to.equal(true)
    expect(isSameFile(before, stats(sandbox.write('three.txt', 'x')))).to.equal(false)
    expect(identityOf(stats(path))).not.to.equal(identityOf(before)) // a link more is a later ctime
  })
})
