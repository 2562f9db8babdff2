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

/** The oldest compiler, with the settings of a project of its time: CommonJS, and no `esModuleInterop`. */
const OLDEST = { ...STRICT, lib: ['es2022'], module: 'commonjs', moduleResolution: 'node10', esModuleInterop: false }
const OLD_CODE = `
  import express = require('express')
  import Koa = require('koa')
  import { defineRoutes } from 'response-kit'
  import { respond, responseKit, verifySignedUrl } from 'response-kit/express'
  import * as koaKit from 'response-kit/koa'

  const routes = defineRoutes({ home: '/', 'users.show': '/users/:id' })
  declare module 'response-kit' {
    interface Register {
      routes: typeof routes
    }
  }

  const app = express()
  app.use(responseKit({ routes }))
  app.get('/users/:id', verifySignedUrl(), (req, res) => {
    res.setStatus(200).download(new Uint8Array(), { digest: 'sha-256' })
    res.redirectTo('users.show', { id: req.params.id.toUpperCase() })
    // @ts-expect-error a missing parameter
    res.redirectTo('users.show')
    // @ts-expect-error no such option
    res.download('a', { nme: 'x' })
  })
  app.get('/', respond((_req, reply) => reply.setText('x')))

  const koa = new Koa()
  koa.use(koaKit.responseKit())
  koa.use((ctx) => {
    ctx.setStatus(200).json({ a: 1 })
    // @ts-expect-error no such option
    ctx.file('a', { nme: 'x' })
  })`

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

  it('TypeScript 5.2 compiles CommonJS without esModuleInterop, and finds the mistakes', async () => {
    const packages = {
      '@types/express': '@types/express',
      '@types/express-serve-static-core': '@types/express-serve-static-core',
      '@types/koa': '@types/koa',
      '@types/node': '@types/node',
    }
    const project = await createProject({ packages })
    project.write('code/app.ts', OLD_CODE)
    const complaints = await project.compile(OLDEST, 'typescript-5.2/node_modules/typescript')
    expect(complaints.filter((line) => !UPSTREAM.test(line))).to.deep.equal([])
  })
})
