import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const bench = join(import.meta.dirname, '../../bench')

describe('the benchmark', () => {
  for (const file of readdirSync(join(bench, 'cases'))) {
    it(`every contender answers the same to ${file}`, async () => {
      const [benchCase, { contenders }, { createSameBytesCheck }] = await Promise.all(
        [`cases/${file}`, 'contenders.mjs', 'same-bytes.mjs'].map((path) => import(join(bench, path))),
      )
      const check = createSameBytesCheck(benchCase)
      for (const name of benchCase.contenders ?? Object.keys(contenders)) {
        const server = await contenders[name](benchCase)
        await once(server.listen(0, '127.0.0.1'), 'listening')
        try {
          await check({ name }, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
        } finally {
          const closed = once(server, 'close')
          server.close()
          await closed
        }
      }
    })
  }
})
