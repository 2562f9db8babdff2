import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { createProject, type Project, packPackage } from '../support/packed-project.js'

const fixtures = join(import.meta.dirname, 'fixtures')

describe('the packed package', function () {
  this.timeout(60_000)

  it('holds the build and the papers, nothing else', async () => {
    const { files } = await packPackage()
    const others = files.filter((file) => !/^dist\/(?:cjs|esm)\/[\w/-]+\.(?:js|d\.ts)$/.test(file))
    expect(others.sort()).to.deep.equal([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/cjs/package.json',
      'package.json',
    ])
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
