import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { expect } from 'chai'

/**
 * Runs in a process of its own, which may have 1,000 descriptors: enough to load the sources, which are compiled and cached
 * at the same time. It serves each framework, and takes all that are left.
 */
const SCRIPT = `
  const { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } = await import('node:fs')
  const { dirname } = await import('node:path')
  const http = (await import('node:http')).default
  const { frameworks, listen } = await import('./test/support/frameworks.js')
  const { request } = await import('./test/support/request.js')
  const path = mkdtempSync(process.env.TMPDIR_OF_TEST + '/kit-') + '/a.txt'
  writeFileSync(path, 'whole')
  const results = {}
  for (const framework of frameworks) {
    const errors = []
    const app = await listen(framework.createListener((target) => target.download(path), {}, errors), errors)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const before = await request(app.port, { agent })
    const taken = []
    try {
      for (;;) taken.push(openSync('/dev/null'))
    } catch {}
    const during = [await request(app.port, { agent }), await request(app.port, { agent })]
    for (const descriptor of taken) closeSync(descriptor)
    const after = await request(app.port, { agent })
    agent.destroy()
    await app.close()
    results[framework.name] = {
      statuses: [before, ...during, after].map(({ status }) => status),
      fields: during.flatMap(({ headers }) => Object.keys(headers)),
      showsPath: during.some(({ text }) => text.includes(path)),
      codes: errors.map(({ code }) => code),
      text: after.text,
    }
  }
  rmSync(dirname(path), { recursive: true })
  console.log(JSON.stringify(results))`

describe('no descriptor left', () => {
  it('is 503 for the requests it hits, names no path, and is over as soon as there are some again', async function () {
    if (process.platform === 'win32') this.skip() // without such a limit
    this.timeout(20_000)
    const { stdout } = await promisify(execFile)(
      '/bin/sh',
      ['-c', 'ulimit -n 1000; exec "$0" --import tsx --input-type=module -e "$1"', process.execPath, SCRIPT],
      { env: { ...process.env, TMPDIR_OF_TEST: tmpdir() } },
    )
    const results: Record<string, Record<string, unknown>> = JSON.parse(stdout)
    expect(Object.keys(results)).to.deep.equal(['express4', 'express5', 'koa2', 'koa3'])
    for (const [name, { statuses, fields, showsPath, codes, text }] of Object.entries(results)) {
      expect(statuses, name).to.deep.equal([200, 503, 503, 200])
      expect(fields, name).not.to.include.members(['content-disposition'])
      expect(fields, name).not.to.include.members(['etag'])
      expect(showsPath, name).to.equal(false)
      expect(codes, name).to.deep.equal(['EMFILE', 'EMFILE'])
      expect(text, name).to.equal('whole')
    }
  })
})
