// nginx with one worker, serving the folder of a file: prints the port it listens on.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { nginxProgram } from './frame/process.mjs'

const [path] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'response-kit-nginx-'))
const port = await freePort()
writeFileSync(
  join(folder, 'nginx.conf'),
  `${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1; daemon off; pid ${join(folder, 'pid')}; error_log ${join(folder, 'error.log')};
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type application/octet-stream;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server { listen 127.0.0.1:${port}; root ${dirname(path)}; add_header Content-Disposition attachment; }
}
`,
)
const nginx = spawn(nginxProgram(), ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' })
process.once('SIGTERM', async () => {
  const ended = once(nginx, 'exit')
  nginx.kill()
  await ended
  rmSync(folder, { recursive: true, force: true })
  process.exit()
})
while (!(await listens())) await delay(20)
console.log(port)

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: free } = server.address()
  server.close()
  return free
}

function listens() {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
