import { expect } from 'chai'
import { frameworks, listen } from '../../support/frameworks.js'
import { freePort } from '../../support/free-port.js'
import { hasNginx, startNginx } from '../../support/nginx.js'
import { request } from '../../support/request.js'
import { Sandbox } from '../../support/sandbox.js'

describe('offload to a real nginx', function () {
  if (!hasNginx('the offload of files')) return
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
      const servers = `server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://127.0.0.1:${app.port}; }
        location /protected/ { internal; alias ${sandbox.path('files')}/; }
      }`
      const stop = await startNginx(sandbox, port, servers)
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
