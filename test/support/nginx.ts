import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { isInstalled } from './is-installed.js'
import type { Sandbox } from './sandbox.js'

const nginx = ['/usr/sbin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'].find(existsSync)

/** Whether the tests with nginx can run. */
export function hasNginx(what: string): boolean {
  return isInstalled('nginx', nginx !== undefined, what)
}

/** One nginx in the foreground with the given servers, everything it writes below the sandbox. Resolves when `port` answers. */
export async function startNginx(sandbox: Sandbox, port: number, servers: string): Promise<() => Promise<void>> {
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
     http { access_log off; ${temporary.join(' ')} ${servers} }`,
  )
  const given = ['-p', prefix, '-c', `${prefix}/nginx.conf`, '-e', `${prefix}/error.log`]
  execFileSync(nginx ?? '', ['-t', ...given], { stdio: 'ignore' })
  const child = spawn(nginx ?? '', given, { stdio: 'ignore' })
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
