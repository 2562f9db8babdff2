// Writes what the docs take from the JSDoc: the API reference, and the tables of options in the guides.
//
//   node scripts/write-reference.mjs               writes docs/reference, which is not in the repository, and the tables
//   node scripts/write-reference.mjs --check DIR   writes the reference and `api.json` into DIR, changes no guide, and fails
//                                                  if a table is not what the JSDoc says
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describeApi } from './reference/describe-api.mjs'
import { fillTables } from './reference/option-tables.mjs'
import { PAGES } from './reference/pages.mjs'
import { readApi } from './reference/read-api.mjs'

const root = join(import.meta.dirname, '..')
const isCheck = process.argv[2] === '--check'
const folder = isCheck ? process.argv[3] : join(root, 'docs/reference')

const { app, project } = await readApi()
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
app.options.setValue('out', folder)
let api
app.renderer.on('beginRender', () => {
  const { router } = app.renderer // it is gone after the last page
  api = describeApi(project, (declaration) => router.getAnchor(declaration))
})
await app.generateOutputs(project)
writeFileSync(join(folder, 'index.md'), indexPage(api))
writeFileSync(join(folder, 'api.json'), JSON.stringify(api)) // for the links of the guides, and the tests
for (const page of Object.keys(PAGES)) {
  const path = join(folder, `${page}.md`)
  // The list of the headings beside the page has the calls too, which are headings of the fourth level.
  writeFileSync(path, `---\noutline: [2, 4]\neditLink: false\n---\n\n${withoutNoise(readFileSync(path, 'utf8'))}`)
}

const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
for (const path of guides.map((name) => join(root, 'docs', name))) {
  const text = readFileSync(path, 'utf8')
  const filled = fillTables(text, api)
  if (filled === text) continue
  if (!isCheck) writeFileSync(path, filled)
  else {
    console.error(
      `${relative(root, path)} has a table that is not what the JSDoc says: run node scripts/write-reference.mjs`,
    )
    process.exitCode = 1
  }
}

/** The parts of a call are no headings: the list beside the page, and the search, would have hundreds of the same name. */
function withoutNoise(page) {
  return page
    .replaceAll(/^#{3,6} (Parameters|Returns|Throws|Example|Type Parameters|Inherited from|Overrides)$/gm, '**$1**')
    .replaceAll(/^\*\*\*\n\n(?=## )/gm, '') // a heading of the second level has a line above it
}

/** The first page: all names, each with a link. */
function indexPage({ entries, methods }) {
  const link = ({ name, page, anchor }) => `[\`${name}\`](${page}.md#${anchor})`
  const sections = Object.entries(PAGES).map(([page, { title, text }]) => {
    const here = page === 'methods' ? methods : entries.filter((entry) => entry.page === page)
    return `## [${title}](${page}.md)\n\n${text}\n\n${here.map(link).join(' · ')}\n`
  })
  const first =
    'Every call and every type of the package, written from the comments of its source. The guides say when to use what.'
  return `# API reference\n\n${first}\n\n${sections.join('\n')}`
}
