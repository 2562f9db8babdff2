import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { createProject, type Project, packPackage } from '../support/packed-project.js'

const repository = join(import.meta.dirname, '../..')
const fixtures = join(import.meta.dirname, 'fixtures')

/** What a user downloads. Raise it with a reason in the commit. */
const BUDGET = { files: 450, packedBytes: 1_600_000, unpackedBytes: 7_500_000 }

describe('the packed package', function () {
  this.timeout(60_000)

  it('holds the build and the papers, nothing else', async () => {
    const { files } = await packPackage()
    const BUILD =
      /^dist\/(?:types\/[\w/-]+\.d\.c?ts|esm\/[\w-]+\.(?:js|d\.ts)|(?:cjs|module)\/[\w/-]+\.(?:js|js\.map|cjs))$/
    const DOCS = /^docs\/(?:(?:decisions|views)\/)?[\w-]+\.(?:md|svg)$/
    expect(files.filter((file) => !BUILD.test(file) && !DOCS.test(file)).sort()).to.deep.equal([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist/cjs/package.json',
      'dist/module/for-webpack/package.json',
      'dist/types/package.json',
      'package.json',
    ])
  })

  it('has every page and picture that its pages link to', async () => {
    const { files } = await packPackage()
    const pages = files.filter((file) => file.endsWith('.md'))
    expect(pages).to.include.members(['README.md', 'docs/migrating.md', 'docs/views/ejs.md'])
    const missing = pages.flatMap((page) =>
      [...readFileSync(join(repository, page), 'utf8').matchAll(/\]\((?!\w+:|#)([^)#]+)/g)]
        .map(([, target = '']) => join(dirname(page), target).replaceAll('\\', '/'))
        .filter((target) => !files.includes(target))
        .map((target) => `${page}: ${target}`),
    )
    expect(missing).to.deep.equal([])
  })

  it('has the declarations that the types of its entries lead to, and no others', async () => {
    const { files } = await packPackage()
    const { exports } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
    const reached = new Set<string>()
    const waiting: string[] = [...JSON.stringify(exports).matchAll(/"\.\/(dist\/[\w/]+\.d\.ts)"/g)].map(
      ([, file = '']) => file,
    )
    expect(waiting).to.have.length(16) // eight entries, each for `import` and for `require`
    for (const file of waiting) {
      if (reached.has(file)) continue
      reached.add(file)
      const text = readFileSync(join(repository, file), 'utf8')
      const imports = text.matchAll(/\b(?:from|import) ?\(?['"](\.[^'"]+)\.(c?)js['"]/g)
      for (const [, path = '', c = ''] of imports) {
        waiting.push(join(dirname(file), `${path}.d.${c}ts`).replaceAll('\\', '/'))
      }
    }
    expect(files.filter((file) => /\.d\.c?ts$/.test(file)).sort()).to.deep.equal([...reached].sort())
  })

  it('keeps to its budget of bytes and files', async () => {
    const { files, size, unpackedSize } = await packPackage()
    expect(files.length).to.be.at.most(BUDGET.files)
    expect(size).to.be.at.most(BUDGET.packedBytes)
    expect(unpackedSize).to.be.at.most(BUDGET.unpackedBytes)
  })

  it('has maps with their sources, and no map of declarations without its source', async () => {
    const { folder } = await createProject()
    const kit = join(folder, 'node_modules/response-kit')
    const { files } = await packPackage()
    for (const file of files.filter((each) => each.endsWith('.map'))) {
      const { sources, sourcesContent } = JSON.parse(readFileSync(join(kit, file), 'utf8'))
      expect(sourcesContent, file).to.have.length(sources.length)
      for (const [index, source] of sources.entries()) {
        if (source.includes('mime-types')) continue // made when the package is built
        const path = join(repository, 'dist', dirname(file.slice('dist/'.length)), source)
        expect(sourcesContent[index], `${file}: ${source}`).to.equal(readFileSync(path, 'utf8'))
      }
    }
    const declarations = files.filter((each) => /\.d\.c?ts$/.test(each))
    expect(
      declarations.filter((file) => readFileSync(join(kit, file), 'utf8').includes('sourceMappingURL')),
    ).to.deep.equal([])
  })

  it('a stack in the built code names the lines of the sources, with --enable-source-maps', async () => {
    const { folder, node } = await createProject()
    expect(folder).to.be.a('string')
    const script = "try { require('response-kit').json(1, { spcae: 2 }) } catch (error) { console.log(error.stack) }"
    const stack = await node('--enable-source-maps', '--input-type=commonjs', '-e', script)
    expect(stack).to.match(/src[\\/]shared[\\/]checks[\\/]check-keys\.ts:\d+:\d+/)
    expect(stack).to.match(/src[\\/]shared[\\/]reply[\\/]factories\.ts:\d+:\d+/)
  })

  for (const [framework, name] of [
    ['express4', 'express'],
    ['express5', 'express'],
    ['koa2', 'koa'],
    ['koa3', 'koa'],
  ] as const) {
    describe(`installed beside ${framework}`, () => {
      let project: Project
      before(async () => {
        project = await createProject({ packages: { [name]: framework } })
        for (const file of readdirSync(fixtures)) project.write(file, readFileSync(join(fixtures, file), 'utf8'))
      })

      for (const [system, extension] of [
        ['ESM', 'mjs'],
        ['CommonJS', 'cjs'],
      ]) {
        it(`serves from ${system}, and its errors are of the class the root exports`, async () => {
          const { answers, said } = JSON.parse(await project.node(`${name}.${extension}`))
          expect(answers).to.deep.equal([
            [201, 'yes', 'made'],
            [200, null, 'once'],
          ])
          expect(said).to.deep.equal(['ALREADY_SENT'])
        })
      }
    })
  }

  describe('installed alone', () => {
    it('loads its root without Express and Koa, by import and by require', async () => {
      const project = await createProject()
      const script = `
        import { createRequire } from 'node:module'
        import { ResponseKitError } from 'response-kit'
        const require = createRequire(process.cwd() + '/')
        console.log(typeof ResponseKitError, require('response-kit').ResponseKitError === ResponseKitError)`
      expect(await project.node('--input-type=module', '-e', script)).to.equal('function true\n')
    })
  })
})
