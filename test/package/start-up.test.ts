import { expect } from 'chai'
import { createProject, type Project } from '../support/packed-project.js'

/** Loads an entry, then says which files of the kit were read, and which packages beside it. */
const ASK = `
  const entry = process.argv[1]
  require(entry)
  const read = Object.keys(require.cache).filter((file) => /node_modules[\\\\/]response-kit[\\\\/]/.test(file))
  console.log(JSON.stringify(read.map((file) => file.split(/[\\\\/]/).pop())))`

describe('the start of an app', function () {
  this.timeout(60_000)
  let project: Project
  before(async () => {
    project = await createProject({ packages: { express: 'express', koa: 'koa', chai: 'chai' } })
  })
  const readBy = async (entry: string): Promise<string[]> =>
    JSON.parse(await project.node('--input-type=commonjs', '-e', ASK, entry))

  for (const entry of ['response-kit', 'response-kit/express', 'response-kit/koa', 'response-kit/testing']) {
    it(`${entry} reads at most 12 files of the kit`, async () => {
      expect(await readBy(entry)).to.have.length.within(1, 12)
    })
  }

  for (const entry of ['response-kit/express', 'response-kit/koa']) {
    it(`${entry} reads no file that only a later call needs`, async () => {
      expect((await readBy(entry)).filter((file) => file.startsWith('later-'))).to.deep.equal([])
    })
  }

  for (const entry of ['response-kit', 'response-kit/express', 'response-kit/koa']) {
    // The timer runs before anything that only a connection would bring about.
    const server = `const server = require('node:http').createServer().listen(0)`
    const askSoon = `require(process.argv[1]); ${server}; setTimeout(() => {server.close();${ASK}}, 200)`
    it(`${entry} has read all files in the first turn, so that no request needs a descriptor for them`, async () => {
      const read: string[] = JSON.parse(await project.node('--input-type=commonjs', '-e', askSoon, entry))
      const later = ['later-archives.js', 'later-files.js', 'later-routes.js', 'later-streams.js']
      expect(read.filter((file) => file.startsWith('later-')).sort()).to.deep.equal(later)
    })
  }

  it('an entry reads nothing of a framework that it does not serve', async () => {
    expect(await readBy('response-kit/express')).not.to.include('koa.js')
    expect(await readBy('response-kit/koa')).not.to.include('express.js')
    expect(await readBy('response-kit/testing')).not.to.include('core.js')
  })
})
