import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { freePort } from './free-port.js'
import { isInstalled } from './is-installed.js'

const program = join(import.meta.dirname, '../../.ci/servers/node_modules/azurite/dist/src/blob/main.js')
/** The account that every Azurite has, and its key, which is public. */
const ACCOUNT = 'devstoreaccount1'
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** Whether the tests with Azurite can run. */
export function hasAzurite(what: string): boolean {
  return isInstalled('Azurite (npm ci --prefix .ci/servers)', existsSync(program), what)
}

/** An Azurite that keeps everything in memory. Resolves when it takes connections. */
export async function startAzurite(): Promise<{ client(key?: string): BlobServiceClient; stop(): Promise<void> }> {
  const port = await freePort()
  const options = ['--blobHost', '127.0.0.1', '--blobPort', `${port}`, '--inMemoryPersistence', '--skipApiVersionCheck']
  const server = spawn(process.execPath, [program, ...options, '--disableTelemetry'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output = server.stdout.iterator({ destroyOnReturn: false })
  for await (const text of output) if (String(text).includes('listens on')) break
  server.stdout.resume()
  return {
    client: (key = KEY) =>
      new BlobServiceClient(`http://127.0.0.1:${port}/${ACCOUNT}`, new StorageSharedKeyCredential(ACCOUNT, key), {
        retryOptions: { maxTries: 1 },
        keepAliveOptions: { enable: false }, // a test sees each socket that is left open
      }),
    async stop() {
      const exited = once(server, 'exit')
      server.kill()
      await exited
    },
  }
}
