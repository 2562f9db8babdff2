import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import { freePort } from './free-port.js'

const program = createRequire(import.meta.url).resolve('s3rver/bin/s3rver.js')

/** A server of the S3 protocol that knows one access key, with one empty bucket, `files`. Resolves when it takes connections. */
export async function startS3rver(): Promise<{ client(accessKeyId?: string): S3Client; stop(): Promise<void> }> {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 's3rver-'))
  const options = ['-d', directory, '-p', `${port}`, '-a', '127.0.0.1', '--configure-bucket', 'files']
  const server = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'ignore'] })
  const output = server.stdout.iterator({ destroyOnReturn: false })
  for await (const text of output) if (String(text).includes('listening')) break
  server.stdout.resume()
  return {
    client: (accessKeyId = 'S3RVER') =>
      new S3Client({
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        forcePathStyle: true,
        maxAttempts: 1,
        requestChecksumCalculation: 'WHEN_REQUIRED', // s3rver does not know the newer way to upload
        requestHandler: { httpAgent: new http.Agent({ keepAlive: false }) }, // a test sees each socket that is left open
        credentials: { accessKeyId, secretAccessKey: 'S3RVER' },
      }),
    async stop() {
      const exited = once(server, 'exit')
      server.kill()
      await exited
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
