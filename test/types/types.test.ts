import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { createProject, type Project } from '../support/packed-project.js'

const STRICT = {
  target: 'es2022',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
}

/** @types/koa wants the types of content-disposition 0.5 and finds those of whichever version is on top. */
const UPSTREAM = /(?:@types\/koa|types-koa2)\/index\.d\.ts.+content-disposition.+no exported member 'Options'/

/** Versions of a framework's types: the folder of code that is compiled, and where each package comes from. */
const projects: readonly { title: string; folders: readonly string[]; packages: Record<string, string> }[] = [
  {
    title: '@types/express 4',
    folders: ['express'],
    packages: {
      '@types/express': 'types-express4',
      '@types/express-serve-static-core': 'types-express4/node_modules/@types/express-serve-static-core',
    },
  },
  {
    title: '@types/express 5',
    folders: ['express'],
    packages: {
      '@types/express': '@types/express',
      '@types/express-serve-static-core': '@types/express-serve-static-core',
    },
  },
  {
    title: '@types/express 5, routes registered',
    folders: ['routes'],
    packages: {
      '@types/express': '@types/express',
      '@types/express-serve-static-core': '@types/express-serve-static-core',
    },
  },
  {
    title: '@types/express 5, plain routes registered from CommonJS',
    folders: ['plain-routes'],
    packages: {
      '@types/express': '@types/express',
      '@types/express-serve-static-core': '@types/express-serve-static-core',
    },
  },
  { title: '@types/koa 2', folders: ['koa'], packages: { '@types/koa': 'types-koa2' } },
  { title: '@types/koa 3', folders: ['koa'], packages: { '@types/koa': '@types/koa' } },
]

function copyCode(project: Project, folder: string): void {
  const source = join(import.meta.dirname, folder)
  for (const file of readdirSync(source))
    project.write(`code/${folder}/${file}`, readFileSync(join(source, file), 'utf8'))
}

describe('types', function () {
  this.timeout(60_000)

  for (const { title, folders, packages } of projects) {
    it(`${title}: what is right compiles, each mistake does not, and no declaration file complains`, async () => {
      const project = await createProject({ packages: { ...packages, '@types/node': '@types/node' } })
      for (const folder of folders) copyCode(project, folder)
      for (const file of ['not-any.ts', 'method-names.ts']) {
        project.write(`code/${file}`, readFileSync(join(import.meta.dirname, file), 'utf8'))
      }
      const complaints = await project.compile(STRICT)
      expect(complaints.filter((line) => !UPSTREAM.test(line))).to.deep.equal([])
    })
  }
})
