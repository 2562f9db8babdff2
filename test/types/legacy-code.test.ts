import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { createProject } from '../support/packed-project.js'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const root = join(import.meta.dirname, '../..')

const configWith = (rules: object): string => `
  import tseslint from ${JSON.stringify(require.resolve('typescript-eslint'))}
  export default tseslint.config(tseslint.configs.recommendedTypeChecked, {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: ${JSON.stringify(rules)},
  })`

/** What docs/typescript.md tells those to write who check all thenables. */
const SETTING = { from: 'package', name: 'Sent', package: 'response-kit' }

const FLOATING = `
  import type { Response } from 'express'
  export const file = (res: Response): void => {
    res.file('a.png')
  }
  export const other = (): void => {
    Promise.resolve()
  }`

const versions = [
  {
    title: '@types/express 5 and @types/koa 3',
    packages: {
      '@types/express': '@types/express',
      '@types/express-serve-static-core': '@types/express-serve-static-core',
      '@types/koa': '@types/koa',
    },
  },
  {
    title: '@types/express 4 and @types/koa 2',
    packages: {
      '@types/express': 'types-express4',
      '@types/express-serve-static-core': 'types-express4/node_modules/@types/express-serve-static-core',
      '@types/koa': 'types-koa2',
    },
  },
]

/** The rules that recommendedTypeChecked of typescript-eslint finds broken, by file. */
async function lint(
  packages: Readonly<Record<string, string>>,
  rules: object,
  files: Readonly<Record<string, string>>,
) {
  const project = await createProject({ packages: { ...packages, '@types/node': '@types/node' } })
  const compilerOptions = { target: 'es2022', lib: ['es2023'], module: 'nodenext', types: ['node'], strict: true }
  project.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['code'] }))
  project.write('eslint.config.mjs', configWith(rules))
  project.write('code/kit.ts', "import 'response-kit/express'\nimport 'response-kit/koa'\n")
  for (const [name, text] of Object.entries(files)) project.write(`code/${name}`, text)
  const hook = join(root, 'test/support/typescript-six.cjs')
  const eslint = join(root, 'node_modules/eslint/bin/eslint.js')
  const args = ['--require', hook, eslint, '--format', 'json', 'code']
  const output = await run(process.execPath, args, { cwd: project.folder }).catch((error: unknown) => error)
  const results: { filePath: string; messages: { ruleId: string; line: number }[] }[] = JSON.parse(
    (output as { stdout: string }).stdout, // as execFile gives it, also in its error
  )
  return results.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, line }) => `${filePath.slice(project.folder.length + 6)}:${line} ${ruleId}`),
  )
}

describe('code under recommendedTypeChecked of typescript-eslint', function () {
  this.timeout(120_000)
  const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')

  for (const { title, packages } of versions) {
    it(`a file that knows nothing of the kit stays without errors beside it; a promise of others is still found: ${title}`, async () => {
      const files = {
        'express.ts': read('express/legacy.ts'),
        'koa.ts': read('koa/legacy.ts'),
        'floating.ts': FLOATING,
      }
      expect(await lint(packages, {}, files)).to.deep.equal(['floating.ts:7 @typescript-eslint/no-floating-promises'])
    })
  }

  it('those who check all thenables name Sent, as the docs say', async () => {
    const [{ packages }] = versions as [(typeof versions)[number]]
    const rule = (options: object) => ({ '@typescript-eslint/no-floating-promises': ['error', options] })
    const found = (line: number) => `floating.ts:${line} @typescript-eslint/no-floating-promises`
    const files = { 'floating.ts': FLOATING }
    expect(await lint(packages, rule({ checkThenables: true }), files)).to.deep.equal([found(4), found(7)])
    const allowed = rule({ checkThenables: true, allowForKnownSafePromises: [SETTING] })
    expect(await lint(packages, allowed, files)).to.deep.equal([found(7)])
  })
})
