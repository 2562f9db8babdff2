// Reads the public API of the package with its JSDoc: the one source of the API reference and of the tables of options.
import './typescript-for-typedoc.mjs'
import { join } from 'node:path'
import { ENTRIES } from '../entries.mjs'
import { PAGES, pageOf } from './pages.mjs'

// TypeDoc asks for TypeScript when it loads, so it must load after the line above has run.
const { Application, Comment, CommentTag, Converter, DeclarationReflection, ReflectionKind } = await import('typedoc')

const root = join(import.meta.dirname, '../..')

/** TypeDoc, and what it has read: a project whose modules are the pages of the reference. */
export async function readApi() {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: Object.values(ENTRIES).map((source) => join(root, 'src', source)),
    tsconfig: join(root, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    skipErrorChecking: true, // `npm run types` checks
    readme: 'none',
    disableGit: true,
    disableSources: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    sort: ['source-order'],
    groupOrder: ['Functions', 'Variables', 'Classes', 'Interfaces', 'Type Aliases'],
    logLevel: 'Warn',
    outputFileStrategy: 'modules',
    entryFileName: 'index',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    hideGroupHeadings: true,
    useCodeBlocks: true,
    useCustomAnchors: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    tableColumnSettings: { hideModifiers: true, hideInherited: true, hideOverrides: true, hideSources: true },
    pageTitleTemplates: { module: ({ rawName }) => PAGES[rawName].title },
  })
  app.converter.on(
    Converter.EVENT_RESOLVE_BEGIN,
    ({ project }) => {
      moveToPages(project)
      dropJoined(project)
    },
    1000, // before TypeDoc sorts and groups
  )
  const project = await app.convert()
  if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error('TypeDoc cannot read the API; its complaints are above')
  }
  for (const each of project.getReflectionsByKind(ReflectionKind.Property)) tellDefault(each)
  return { app, project }
}

/** In place of a page for each entry of the package there is one for each topic. */
function moveToPages(project) {
  const entries = [...(project.children ?? [])]
  const pages = new Map()
  for (const [name, { text }] of Object.entries(PAGES)) {
    const page = new DeclarationReflection(name, ReflectionKind.Module, project)
    page.comment = new Comment([{ kind: 'text', text }])
    project.registerReflection(page, undefined, undefined)
    project.addChild(page)
    pages.set(name, page)
  }
  for (const entry of entries) {
    for (const each of [...(entry.children ?? [])]) {
      if (each.kind === ReflectionKind.Reference) continue // exported by another entry too
      const page = pages.get(pageOf(project.getSymbolIdFromReflection(each).packagePath))
      entry.removeChild(each)
      each.parent = page
      page.addChild(each)
    }
    project.removeReflection(entry)
  }
}

/** An interface that only joins others, such as `ResponseMethods`, has links to them, and no second text of each method. */
function dropJoined(project) {
  for (const each of project.getReflectionsByKind(ReflectionKind.Interface)) {
    const children = each.children ?? []
    if ((each.extendedTypes ?? []).length < 2 || children.some((child) => child.inheritedFrom === undefined)) continue
    if (children.every((child) => child.kindOf(ReflectionKind.Property))) continue // options: a table has all of them
    for (const child of [...children]) project.removeReflection(child)
  }
}

/** In a table the default has a column of its own. */
function tellDefault(property) {
  const { comment } = property
  if (comment === undefined) return
  const { text, byDefault } = splitDefault(textOf(comment))
  comment.summary = [{ kind: 'text', text }]
  comment.blockTags.push(new CommentTag('@defaultValue', [{ kind: 'text', text: byDefault ?? '–' }]))
}

/** The text of a comment in one line. */
const textOf = (comment) => Comment.combineDisplayParts(comment.summary).replaceAll(/\s+/g, ' ')

/** Takes the sentence of the default out of the text of an option: ``Default `true`.`` or `Default: none.` */
export function splitDefault(text) {
  const found = /(?:^| )Default:? (.*?)\.(?= [A-Z`'(]|$)/.exec(text)
  if (found === null) return { text, byDefault: undefined }
  return {
    text: `${text.slice(0, found.index)}${text.slice(found.index + found[0].length)}`.trim(),
    byDefault: found[1],
  }
}
