import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parseAst } from 'vite'

/** What VitePress is told to be the folder of the site. It needs one when it builds; see `makeRelative`. */
export const PLACEHOLDER = '/folder-of-the-site/'

/** The name of the variable that holds the folder, in each page. */
const FOLDER = '__FOLDER_OF_THE_SITE__'

/** Before Vue takes over the page, its links are as Vue would write them. Otherwise they would be wrong after the next page. */
const RESOLVE_LINKS = `for(const a of document.links)if(/^\\.\\.?\\//.test(a.getAttribute("href")))a.setAttribute("href",a.pathname+a.search+a.hash)`

/** Makes a built site work in every folder of a server: each page finds out when it loads which folder that is. */
export async function makeRelative(site) {
  const names = await readdir(site, { recursive: true })
  await Promise.all(
    names.map(async (name) => {
      const change = CHANGES[/\.\w+$/.exec(name)?.[0] ?? '']
      if (change === undefined) return
      const text = await readFile(join(site, name), 'utf8')
      if (text.includes(PLACEHOLDER)) await writeFile(join(site, name), change(text, name))
    }),
  )
}

const CHANGES = { '.html': relativePage, '.css': relativeStyle, '.js': relativeScript }

function relativePage(text, name) {
  const up = '../'.repeat(name.split(/[\\/]/).length - 1) || './'
  return text
    .replaceAll(`="${PLACEHOLDER}`, `="${up}`)
    .replaceAll(PLACEHOLDER, `"+${FOLDER}+"`) // in the JSON of the site, which is a string of a script
    .replace('<head>', `<head><script>window.${FOLDER}=new URL("${up}",location.href).pathname</script>`)
    .replace('</body>', `<script>${RESOLVE_LINKS}</script></body>`)
}

function relativeStyle(text, name) {
  return text.replaceAll(new RegExp(`${PLACEHOLDER}([\\w./-]+)`, 'g'), (_, path) => relative(join(name, '..'), path))
}

/** Each string with the placeholder gets the folder when the script runs. */
function relativeScript(text) {
  const strings = findStrings(parseAst(text), text)
  return strings.reduceRight(
    (changed, { start, end }) =>
      `${changed.slice(0, start)}(${changed.slice(start, end)}.replaceAll(${JSON.stringify(PLACEHOLDER)},globalThis.${FOLDER}))${changed.slice(end)}`,
    text,
  )
}

/** The literals that have the placeholder, in their order, but not one within another. */
function findStrings(node, text) {
  const isString = (node.type === 'Literal' && typeof node.value === 'string') || node.type === 'TemplateLiteral'
  if (isString) return text.slice(node.start, node.end).includes(PLACEHOLDER) ? [node] : []
  return Object.values(node)
    .flat()
    .filter((child) => typeof child?.type === 'string')
    .flatMap((child) => findStrings(child, text))
}
