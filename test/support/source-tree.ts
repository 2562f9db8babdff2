import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'

/** Source text by path, `/`-separated and relative to the repository: `src/shared/exchange/send.ts`. */
export type SourceTree = ReadonlyMap<string, string>

export interface ImportLine {
  readonly from: string
  /** What stands in the quotes. */
  readonly specifier: string
  /** The file of the tree it leads to; `undefined` for a package or a module of node. */
  readonly file: string | undefined
  /** Only types are imported: nothing of it is left when the program runs. */
  readonly isType: boolean
}

export function readSourceTree(root: string, folder: string): SourceTree {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => /\.c?ts$/.test(name)).map((name) => join(root, folder, name))
  return new Map(files.map((file) => [relative(root, file).split(sep).join('/'), readFileSync(file, 'utf8')]))
}

const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g
// static (`from 'x'`, `import 'x'`), dynamic and type (`import('x')`), and `require('x')`
const SPECIFIER =
  /(?:\b(?:(?:import|export)\s+(type)\b[^'"]*?\s)?from|\bimport|\b(?:import|require)\s*\()\s*(['"])(.+?)\2/g

/** Every import of every file, type imports and dynamic ones too; words in comments and in strings do not count. */
export function readImports(tree: SourceTree): ImportLine[] {
  return [...tree].flatMap(([from, source]) => {
    const code = source.replace(COMMENT_OR_STRING, (match) => (/^\/|^.+['"]./.test(match) ? '' : match))
    return [...code.matchAll(SPECIFIER)].map(([, type, , specifier = '']) => ({
      from,
      specifier,
      file: specifier.startsWith('.')
        ? posix.join(posix.dirname(from), specifier).replace(/\.(c?)js$/, '.$1ts')
        : undefined,
      isType: type !== undefined,
    }))
  })
}

/** The first circle of imports, as the files along it, or `undefined`. */
export function findCircle(imports: readonly ImportLine[]): readonly string[] | undefined {
  const targets = new Map<string, ImportLine[]>()
  for (const line of imports) targets.set(line.from, [...(targets.get(line.from) ?? []), line])
  const finished = new Set<string>()
  const visit = (file: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (finished.has(file)) return undefined
    for (const { file: target } of targets.get(file) ?? []) {
      const circle = target === undefined ? undefined : visit(target, [...trail, file])
      if (circle !== undefined) return circle
    }
    finished.add(file)
    return undefined
  }
  for (const file of targets.keys()) {
    const circle = visit(file, [])
    if (circle !== undefined) return circle
  }
  return undefined
}
