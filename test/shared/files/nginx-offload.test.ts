import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { frameworks, listen } from '../../support/frameworks.js'
import { request } from '../../support/request.js'
import { Sandbox } from '../../support/sandbox.js'

const nginx = ['/usr/sbin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'].find(existsSync)

describe('offload to a real nginx', function () {
  if (nginx === undefined) {
    if (process.env.CI) throw new Error('nginx is not installed: the offload tests would not run')
    it('is not tested: nginx is not installed')
    return
  }
  this.timeout(20_000)
  const sandbox = new Sandbox()
  const text = 'a file nginx sends '.repeat(1000)
  sandbox.write('files/größe 1%.txt', text)
  sandbox.write('files/größe 1%.txt.gz', 'bytes that nginx would send without their coding')
  after(() => sandbox.remove())

  for (const framework of frameworks) {
    it(`sends the file with the fields of the app, ranges and validators its own (${framework.name})`, async () => {
      const kit = {
        files: {
          root: sandbox.path('files'),
          offload: { header: 'X-Accel-Redirect', map: { [sandbox.path('files')]: '/protected' } },
        },
      }
      const app = await listen(
        framework.createListener(
          (target) => target.download('größe 1%.txt', 'Größe.txt', { precompressed: ['gzip'] }),
          { kit },
          [],
        ),
      )
      const port = await freePort()
      const stop = await startNginx(sandbox, port, app.port)
      try {
        const whole = await request(port)
        expect(whole.status).to.equal(200)
        expect(whole.text).to.equal(text)
        expect(whole.headers).not.to.have.property('x-accel-redirect')
        expect(whole.headers['content-disposition']).to.match(/^attachment; .*filename\*=UTF-8''Gr%C3%B6%C3%9Fe\.txt$/)
        expect(whole.headers['content-length']).to.equal(String(text.length))
        const coded = await request(port, { headers: { 'Accept-Encoding': 'gzip' } })
        expect([coded.headers['content-encoding'], coded.text]).to.deep.equal([undefined, text])
        const part = await request(port, { headers: { Range: 'bytes=2-5' } })
        expect(part.status).to.equal(206)
        expect(part.text).to.equal('file')
        const again = await request(port, { headers: { 'If-None-Match': whole.headers.etag ?? '' } })
        expect(again.status).to.equal(304)
        expect((await request(port, { path: '/protected/gr%C3%B6%C3%9Fe%201%25.txt' })).status).to.equal(404)
      } finally {
        await stop()
        await app.close()
      }
    })
  }
})

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** One nginx in the foreground, everything it writes below the sandbox. */
async function startNginx(sandbox: Sandbox, port: number, appPort: number): Promise<() => Promise<void>> {
  const prefix = sandbox.path(`nginx-${port}`)
  mkdirSync(prefix, { recursive: true })
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (each) => `${each}_temp_path ${prefix}/${each};`,
  )
  writeFileSync(
    `${prefix}/nginx.conf`,
    `${user} daemon off; master_process off; pid ${prefix}/pid; error_log ${prefix}/error.log;
     events {}
     http {
       access_log off; ${temporary.join(' ')}
       server {
         listen 127.0.0.1:${port};
         location / { proxy_pass http://127.0.0.1:${appPort}; }
         location /protected/ { internal; alias ${sandbox.path('files')}/; }
       }
     }`,
  )
  const arguments_ = ['-p', prefix, '-c', `${prefix}/nginx.conf`, '-e', `${prefix}/error.log`]
  execFileSync(nginx ?? '', ['-t', ...arguments_], { stdio: 'ignore' })
  const child = spawn(nginx ?? '', arguments_, { stdio: 'ignore' })
  for (const deadline = Date.now() + 5000; !(await answers(port)); await delay(10)) {
    if (Date.now() > deadline) throw new Error('nginx does not answer')
  }
  return async () => {
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
