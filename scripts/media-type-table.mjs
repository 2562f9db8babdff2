// A rollup plugin that puts a table in the place of the package mime-types. The package requires `path`, which a bundle in
// the ES module format cannot do, and brings 180 kB of facts of which the kit uses a fifth. The answers are the same.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export const mediaTypeTable = {
  name: 'media-type-table',
  resolveId: (id) => (id === 'mime-types' ? '\0mime-types' : undefined),
  load: (id) => (id === '\0mime-types' ? { code: writeModule(), map: { mappings: '' } } : undefined),
}

function writeModule() {
  const lines = {}
  for (const [extension, type] of Object.entries(require('mime-types').types)) {
    lines[type] = `${lines[type] ?? type} ${extension}`
  }
  const database = Object.entries(require('mime-db'))
  const charsets = database.filter(([, { charset }]) => charset !== undefined)
  const asLines = (texts) => texts.map((text) => `  '${text}',`).join('\n')
  return `import { extname } from 'node:path'

// Made from mime-types ${require('mime-types/package.json').version} and mime-db ${require('mime-db/package.json').version} (MIT). A line is a type and its extensions.
const TYPES = [
${asLines(Object.values(lines).sort())}
]

const CHARSETS = {
${charsets.map(([type, { charset }]) => `  '${type}': '${charset}',`).join('\n')}
}

let types

function typesByExtension() {
  types = new Map()
  for (const line of TYPES) {
    const [type, ...extensions] = line.split(' ')
    for (const extension of extensions) types.set(extension, type)
  }
  return types
}

export function lookup(path) {
  const extension = extname(\`x.\${path}\`).slice(1).toLowerCase()
  return (types ?? typesByExtension()).get(extension) ?? false
}

export function charset(type) {
  const name = /^\\s*([^;\\s]*)(?:;|\\s|$)/.exec(type)?.[1].toLowerCase()
  if (name === undefined) return false
  return (Object.hasOwn(CHARSETS, name) && CHARSETS[name]) || (name.startsWith('text/') && 'UTF-8')
}

export function contentType(type) {
  const name = type.includes('charset') ? false : charset(type)
  return name === false ? type : \`\${type}; charset=\${name.toLowerCase()}\`
}
`
}
