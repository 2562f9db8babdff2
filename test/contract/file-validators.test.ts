import { execFileSync } from 'node:child_process'
import { copyFileSync, utimesSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { countReads } from '../support/counted-reads.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

/** What builds that can be reproduced, archives and wrong clocks give: the same time to each version of a file. */
const STAMPS: Readonly<Record<string, string>> = {
  'of 1970': '1970-01-01T00:00:00Z',
  'of Nix': '1970-01-01T00:00:01Z',
  'of zip archives': '1980-01-01T00:00:00Z',
  'of npm packages': '1985-10-26T08:15:00Z',
  'of SOURCE_DATE_EPOCH': '2024-05-06T07:08:09Z',
  'of the running second': new Date(Math.floor(Date.now() / 1000) * 1000).toISOString(),
  'of the year 2100': '2100-01-01T00:00:00.5Z',
}

contract('a file with a time that says nothing', ({ serve, ask, answer }) => {
  let count = 0
  const write = (text: string, time: string): string => {
    const path = sandbox.path(`${count++}.txt`)
    writeFileSync(path, text)
    utimesSync(path, new Date(time), new Date(time))
    return path
  }
  const replace = (path: string, text: string, time: string): void => {
    writeFileSync(path, text)
    utimesSync(path, new Date(time), new Date(time))
  }

  for (const [title, time] of Object.entries(STAMPS)) {
    for (const [kind, options, kit] of [
      ['strong', {}, {}],
      ['weak', { etag: 'weak' }, {}],
      ['strong, in memory', {}, { files: { cache: {} } }],
    ] as const) {
      it(`${title}: other bytes have another tag, no 304, no part (${kind})`, async () => {
        const path = write('first', time)
        const app = await serve((target) => target.file(path, options), { kit })
        const first = await request(app.port)
        const etag = first.headers.etag ?? ''
        expect((await ask(app, { headers: { 'If-None-Match': etag } })).status).to.equal(304)
        replace(path, 'other', time)
        const other = await request(app.port, { headers: { 'If-None-Match': etag } })
        expect([other.status, other.text]).to.deep.equal([200, 'other'])
        expect(other.headers.etag).not.to.equal(etag)
        const resumed = await request(app.port, { headers: { Range: 'bytes=2-', 'If-Range': etag } })
        expect([resumed.status, resumed.text]).to.deep.equal([200, 'other'])
      })
    }

    it(`${title}: If-Range by its date does not hold, by its tag it does`, async () => {
      const path = write('first', time)
      const app = await serve((target) => target.file(path))
      const { headers } = await request(app.port)
      const byDate = { Range: 'bytes=1-2', 'If-Range': headers['last-modified'] ?? '' }
      expect((await request(app.port, { headers: byDate })).status).to.equal(200)
      const byTag = { Range: 'bytes=1-2', 'If-Range': headers.etag ?? '' }
      expect((await request(app.port, { headers: byTag })).status).to.equal(206)
    })

    it(`${title}: machines that serve the same files agree on the tag`, async () => {
      const path = write('same bytes', time)
      const copy = sandbox.path(`copy-${count++}.txt`)
      copyFileSync(path, copy)
      utimesSync(copy, new Date(time), new Date(time))
      const tags = []
      for (const each of [path, copy]) {
        const app = await serve((target) => target.file(each))
        tags.push((await request(app.port)).headers.etag) // the date of a time to come is that of the inode
      }
      expect(tags[0]).to.match(/^"[\x21\x23-\x7e]+"$/)
      expect(tags[1]).to.equal(tags[0])
    })
  }

  it('a date that the caller gives counts for If-Range', async () => {
    const path = write('given', '1980-01-01T00:00:00Z')
    const date = 'Sat, 02 Jan 2021 03:04:05 GMT'
    const headers = { Range: 'bytes=0-1', 'If-Range': date }
    for (const handler of [
      (target: any) => target.setHeader('Last-Modified', date).file(path),
      (target: any) => target.file(path, { headers: { 'Last-Modified': date } }),
      (target: any) => target.file({ size: 5, read: () => Buffer.from('gi'), lastModified: new Date(date) }),
    ]) {
      expect((await answer(handler, { headers })).status).to.equal(206)
    }
  })
})

contract('what a file pays for its tag', ({ serve, ask }) => {
  const wanted = countReads()

  /** Large beside the one read by which a file without blocks is measured, as some file systems have it. */
  const SIZE = 1_000_000
  const path = sandbox.path('paid.bin')

  for (const [title, prepare, source] of [
    ['a write', () => {}, path],
    ['touch', () => execFileSync('touch', [path]), path],
    ['chmod', () => execFileSync('chmod', ['600', path]), path],
    ['cp', () => execFileSync('cp', [path, `${path}.copy`]), `${path}.copy`],
    ['cp -p', () => execFileSync('cp', ['-p', path, `${path}.copy`]), `${path}.copy`],
  ] as const) {
    it(`nothing after ${title}`, async () => {
      writeFileSync(path, Buffer.alloc(SIZE))
      prepare()
      const app = await serve((target) => target.file(source))
      const { headers } = await request(app.port, { method: 'HEAD' })
      expect(headers.etag).to.match(/^"f4240-[\da-f]+"$/) // the size and the time
      expect(wanted.bytes).to.be.below(SIZE)
    })
  }

  it('one reading of a version with a time that was given, and none for requests after it', async () => {
    const given = sandbox.path(`given.bin`)
    writeFileSync(given, Buffer.alloc(SIZE, 'x'))
    utimesSync(given, new Date('1980-01-01'), new Date('1980-01-01'))
    const app = await serve((target) => target.file(given))
    await Promise.all([1, 2, 3].map(() => request(app.port, { method: 'HEAD' })))
    expect(wanted.bytes).to.be.within(SIZE, 2 * SIZE)
    const once = wanted.bytes
    await ask(app, { method: 'HEAD' })
    expect(wanted.bytes).to.be.below(once + SIZE)
    utimesSync(given, new Date('1980-01-01'), new Date('1980-01-01')) // another ctime: perhaps another version
    await ask(app, { method: 'HEAD' })
    expect(wanted.bytes).to.be.at.least(once + SIZE)
  })
})
