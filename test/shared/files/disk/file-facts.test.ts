import { type BigIntStats, linkSync, statSync, utimesSync } from 'node:fs'
import { expect } from 'chai'
import {
  entityTagOfFile,
  identityOf,
  isSameFile,
  modificationTime,
} from '../../../../src/shared/files/disk/file-facts.js'
import { Sandbox } from '../../../support/sandbox.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

const stats = (path: string): BigIntStats => statSync(path, { bigint: true })

describe('the facts of a file', () => {
  it('make a strong entity-tag that differs for another size, another nanosecond and another coding', () => {
    const { size, mtimeNs } = stats(sandbox.write('a.txt', 'abc'))
    const tag = (size: bigint, mtimeNs: bigint, coding?: string) =>
      entityTagOfFile({ size, mtimeNs } as BigIntStats, coding) // the two facts that it is made of
    const tags = [tag(size, mtimeNs), tag(size + 1n, mtimeNs), tag(size, mtimeNs + 1n), tag(size, mtimeNs, 'br')]
    expect(new Set(tags).size).to.equal(4)
    for (const each of tags) expect(each).to.match(/^"[\x21\x23-\x7e]+"$/) // RFC 9110 §8.8.3
  })

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
