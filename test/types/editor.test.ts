import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect } from 'chai'
import { jsonMethod } from '../../src/shared/methods/bodies.js'
import { responseMethods } from '../../src/shared/methods/response-methods.js'
import { createProject } from '../support/packed-project.js'

const require = createRequire(import.meta.url)
// TypeScript 7 has no language service in JavaScript: API Extractor brings version 6.
const ts = createRequire(require.resolve('@microsoft/api-extractor/package.json'))('typescript')

const ROUTES = `
  import { defineRoutes } from 'response-kit'
  export const routes = defineRoutes({ home: '/', 'users.show': '/users/:id', 'orders.show': '/orders/:order/:item' })
  declare module 'response-kit' {
    interface Register {
      routes: typeof routes
    }
  }`
const TARGETS = {
  Express: "import type { Response } from 'express'\nimport 'response-kit/express'\ndeclare const target: Response\n",
  Koa: "import type { Context } from 'koa'\nimport 'response-kit/koa'\ndeclare const target: Context\n",
}
type Framework = keyof typeof TARGETS

const frameworks: readonly Framework[] = ['Express', 'Koa']
const names = Object.keys({ ...responseMethods, ...jsonMethod })
/** Node and Express have calls of these names, with text of their own. */
const NATIVE: readonly string[] = ['setHeader', 'appendHeader', 'getHeader', 'json']
/** What Express says of its own calls. */
const EXPRESS = /Transfer the file|Send JSON response/

/** What an editor asks of a file: `|` in its text is the cursor. */
async function createEditor() {
  const project = await createProject({
    packages: {
      '@types/express': '@types/express',
      '@types/express-serve-static-core': '@types/express-serve-static-core',
      '@types/koa': '@types/koa',
      '@types/node': '@types/node',
    },
  })
  project.write('code/routes.ts', ROUTES)
  const file = project.write('code/file.ts', '')
  let text = ''
  let version = 0
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2023.d.ts'],
    types: ['node'],
    strict: true,
  }
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getCurrentDirectory: () => project.folder,
    getScriptFileNames: () => [file, join(project.folder, 'code/routes.ts')],
    getScriptVersion: (name: string) => (name === file ? `${version}` : '0'),
    getScriptSnapshot: (name: string) =>
      ts.sys.fileExists(name)
        ? ts.ScriptSnapshot.fromString(name === file ? text : readFileSync(name, 'utf8'))
        : undefined,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath,
  })
  const show = (framework: Framework, code: string): number => {
    const marked = TARGETS[framework] + code
    const at = marked.indexOf('|')
    text = marked.replace('|', '')
    version++
    return at
  }
  const plain = (parts: unknown): string => ts.displayPartsToString(parts)
  return {
    hover(framework: Framework, code: string): string {
      return plain(service.getQuickInfoAtPosition(file, show(framework, code))?.documentation)
    },
    signatures(framework: Framework, code: string): { readonly label: string; readonly text: string }[] {
      const help = service.getSignatureHelpItems(file, show(framework, code), undefined)
      return help.items.map((item: any) => ({
        label: `${plain(item.prefixDisplayParts)}${item.parameters.map((each: any) => plain(each.displayParts)).join(', ')}`,
        text: plain(item.documentation),
      }))
    },
    completions(framework: Framework, code: string): { readonly name: string; readonly text: string }[] {
      const at = show(framework, code)
      const entries: readonly { name: string }[] = service.getCompletionsAtPosition(file, at, undefined)?.entries ?? []
      return entries.map(({ name }) => {
        const details = service.getCompletionEntryDetails(file, at, name, undefined, undefined, undefined, undefined)
        return { name, text: plain(details?.documentation) }
      })
    },
    errors(framework: Framework, code: string): string {
      show(framework, code)
      const found: readonly { messageText: unknown }[] = service.getSemanticDiagnostics(file)
      return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n')
    },
  }
}

describe('in an editor', function () {
  this.timeout(120_000)
  let editor: Awaited<ReturnType<typeof createEditor>>
  before(async () => {
    editor = await createEditor()
  })

  for (const framework of frameworks) {
    describe(framework, () => {
      const own = framework === 'Koa' ? names : names.filter((name) => !NATIVE.includes(name))

      it('each call shows the text of the kit, in a list of calls too', () => {
        const without = own.filter(
          (name) => editor.hover(framework, `target.${name.slice(0, 1)}|${name.slice(1)}`) === '',
        )
        expect(without).to.deep.equal([])
      })

      it('each overload has a text, and none of the kit has that of Express', () => {
        for (const name of own) {
          const signatures = editor.signatures(framework, `target.${name}(|)`)
          const ours = signatures.filter(({ label }) => !/\(path: string/.test(label))
          expect(ours, name).not.to.have.length(0)
          expect(
            ours.filter(({ text }) => text === '' || EXPRESS.test(text)),
            name,
          ).to.deep.equal([])
        }
      })

      it('a hover over a call shows the text of its own overload', () => {
        expect(editor.hover(framework, "target.down|load('a.pdf', { root: '/srv' })")).to.match(/RFC 6266/)
        expect(editor.hover(framework, "target.down|load('a.pdf', 'b.pdf', () => {})")).to.match(/callback/)
        expect(editor.hover(framework, "target.fi|le('a.pdf', () => {})")).to.match(/callback/)
        expect(editor.hover(framework, "target.redir|ectTo('users.show', { id: 1 })")).to.match(/with parameters/)
      })

      it('offers the options of a call, each with its text', () => {
        for (const call of [
          "target.download('a', { | })",
          "target.download('a', 'b', { | })",
          "target.file('a', { | })",
        ]) {
          const offered = editor.completions(framework, call)
          expect(offered.map(({ name }) => name)).to.include.members(['root', 'digest', 'deleteAfterSend'])
          expect(offered.filter(({ text }) => text === '')).to.deep.equal([])
        }
      })

      it('offers the names of routes and their parameters', () => {
        for (const call of ['redirectTo', 'route', 'created']) {
          const offered = (code: string) => editor.completions(framework, code).map(({ name }) => name)
          expect(offered(`target.${call}('|')`), call).to.include.members(['home', 'users.show', 'orders.show'])
          expect(offered(`target.${call}('users.show', { | })`), call).to.include('id')
        }
      })

      it('names the option that is misspelt, and the nearest', () => {
        for (const call of [
          "download('a', { nme: 'x' })",
          "download('a', { root: '/', nme: 'x' })",
          "download('a', 'b', { digest: 'sha-256', nme: 'x' })",
          "download('a', { digest: 'sha-256', nme: 'x' }, () => {})",
          "download('a', 'b', { digest: 'sha-256', nme: 'x' }, () => {})",
          "file('a', { nme: 'x' })",
          "file('a', { nme: 'x' }, () => {})",
        ]) {
          expect(editor.errors(framework, `target.${call}`), call).to.match(
            /'nme' does not exist in type '.*FileOptions/,
          )
        }
        expect(editor.errors(framework, "target.download('a', 'b', { nme: 'x' }, () => {})")).to.contain("'name'?")
      })

      it('names the parameter that is missing, and the nearest route', () => {
        for (const call of ['redirectTo', 'route', 'created']) {
          const errors = (given: string) => editor.errors(framework, `target.${call}(${given})`)
          expect(errors("'users.show'"), call).to.contain("route 'users.show' needs the parameter 'id'")
          expect(errors("'users.show', {}"), call).to.match(/'id' is missing/)
          expect(errors("'users.show', { idd: 1 }"), call).to.match(/'idd' does not exist in type .*\bid: /)
          expect(errors("'user.show'"), call).to.contain("no route 'user.show'. Did you mean 'users.show'?")
          expect(errors("'user.show', { id: 1 }"), call).to.contain("Did you mean 'users.show'?")
          expect(errors("'nothing like it'"), call).to.contain('"users.show"')
          expect(errors("'home'"), call).to.equal('')
        }
      })
    })
  }

  it('names routes and parameters in the table and in the factories too', () => {
    const code = (text: string) =>
      `import { created, redirectTo, Reply } from 'response-kit'\nimport { routes } from './routes.js'\n${text}`
    for (const call of [
      'routes.url',
      'routes.signedUrl',
      'redirectTo',
      'created',
      'new Reply().setRedirectTo',
      'new Reply().setCreated',
    ]) {
      const errors = (given: string) => editor.errors('Express', code(`${call}(${given})`))
      expect(errors("'users.show'"), call).to.contain("route 'users.show' needs the parameter 'id'")
      expect(errors("'user.show'"), call).to.contain("Did you mean 'users.show'?")
      expect(errors("'users.show', { id: 1 }"), call).to.equal('')
    }
    expect(editor.errors('Express', code("routes.path('user.show')"))).to.contain("Did you mean 'users.show'?")
  })
})
