import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { packPackage } from '../support/packed-project.js'

const root = join(import.meta.dirname, '../..')
const UPDATE = `
The public types differ from test/package/api. If you mean the change, run \`npm run api-report\`, read the diff of
test/package/api, and say in CHANGELOG.md what it means for users.
`

/** They compute the types of route names and parameters. Users do not write them, and `Routes` is what a user names. */
const TYPE_ARITHMETIC: readonly string[] = [
  'GroupNameOf',
  'JoinPaths',
  'LocalOf',
  'NoSuchRoute',
  'Registered',
  'RegisteredParameters',
  'RequiredNames',
  'Simplify',
  'Walk',
]

describe('the public types', function () {
  this.timeout(120_000)
  const reports = new Map<string, string>()
  before(async () => {
    await packPackage() // builds dist, once in a run
    const folder = mkdtempSync(join(tmpdir(), 'response-kit-api-'))
    try {
      execFileSync(process.execPath, [join(root, 'scripts/api-report.mjs'), folder])
      for (const name of readdirSync(folder)) reports.set(name, readFileSync(join(folder, name), 'utf8'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  for (const entry of ['index', 'express', 'koa', 'testing', 'redis', 'postgres', 's3', 'azure']) {
    const name = `${entry}.api.md`

    it(`are those of the report test/package/api/${name}`, () => {
      expect(reports.get(name), UPDATE).to.equal(readFileSync(join(import.meta.dirname, 'api', name), 'utf8'))
    })

    it(`every type in a signature of '${entry}' is exported`, () => {
      const isExported = (symbol: string) =>
        new RegExp(`^export .*\\b${symbol}\\b`, 'm').test(reports.get('index.api.md') ?? '')
      const forgotten = [...(reports.get(name) ?? '').matchAll(/\(ae-forgotten-export\) The symbol "(\w+)"/g)]
      // The report calls the `X` of another entry `X_2` if this entry has an `X` of its own.
      const names = forgotten.map(([, symbol = '']) => symbol.replace(/_2$/, ''))
      const missing = new Set(names.filter((symbol) => !isExported(symbol)))
      expect([...missing].filter((symbol) => !TYPE_ARITHMETIC.includes(symbol))).to.deep.equal([])
    })

    it(`every export and member of '${entry}' is documented`, () => {
      const lines = (reports.get(name) ?? '').split('\n')
      const undocumented = lines.flatMap((line, index) =>
        line.includes('(undocumented)') ? [lines[index + 1]?.trim()] : [],
      )
      expect(undocumented).to.deep.equal([])
    })
  }
})
