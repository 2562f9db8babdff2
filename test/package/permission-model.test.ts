import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { build } from 'esbuild'
import { Sandbox } from '../support/sandbox.js'

const run = promisify(execFile)
const sandbox = new Sandbox()
after(() => sandbox.remove())

/** Serves a file with its hash, asks for it again and again, and tells what came and how many descriptors stayed open. */
const SERVER = `
import { readdirSync } from 'node:fs'
import { createServer, get, Agent } from 'node:http'
import express from 'express'
import { responseKit } from './src/express/index.ts'

const app = express()
app.use(responseKit())
app.use((_req, res) => res.file(process.argv[2], { digest: 'sha-256' }))
const server = createServer(app)
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const ask = () => new Promise((resolve, reject) => {
  get({ port: server.address().port, agent }, (incoming) => {
    incoming.on('end', () => resolve([incoming.statusCode, incoming.headers['repr-digest']])).resume()
  }).on('error', reject)
})
const countOpen = () => process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
server.listen(0, '127.0.0.1', async () => {
  const answers = [await ask()]
  const before = countOpen()
  for (let count = 0; count < 5; count++) answers.push(await ask())
  for (let turn = 0; turn < 1000 && countOpen() > before; turn++) await new Promise(setImmediate) // files close after the answer
  console.log(JSON.stringify({ answers, left: countOpen() - before }))
  process.exit()
})
`

describe('under the permission model of Node, without threads', () => {
  it('a file over 1 MB is hashed, and no file stays open', async () => {
    const bytes = Buffer.alloc(3_000_000, 'x')
    const path = sandbox.write('large.bin', bytes)
    const server = sandbox.write('server.cjs', '')
    await build({
      stdin: { contents: SERVER, resolveDir: join(import.meta.dirname, '../..') },
      bundle: true,
      platform: 'node',
      outfile: server,
      logLevel: 'error',
    })
    const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'
    const { stdout } = await run(
      process.execPath,
      [flag, '--allow-fs-read=*', '--allow-net', server, path].filter(isKnown),
    )
    const digest = `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`
    expect(JSON.parse(stdout)).to.deep.equal({ answers: Array(6).fill([200, digest]), left: 0 })
  })
})

/** Node 25 forbids the network too, and older versions do not know that flag. */
function isKnown(argument: string): boolean {
  return argument !== '--allow-net' || process.allowedNodeEnvironmentFlags.has(argument)
}
