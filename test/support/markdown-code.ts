import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** A ```ts or ```js block of a Markdown file. */
export interface CodeBlock {
  /** `README.md:12`, the line of its first statement. */
  readonly place: string
  readonly code: string
}

const FENCED = /^```(?:ts|js)\n([\s\S]*?)^```$/gm

export function readCodeBlocks(file: string): CodeBlock[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(FENCED)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length + 1
    return { place: `${basename(file)}:${line}`, code: match[1] ?? '' }
  })
}

/** The text of the only block in a language. */
export function readBlock(file: string, language: string): string {
  const [block, ...others] = readFileSync(file, 'utf8').matchAll(
    new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'),
  )
  if (block === undefined || others.length > 0)
    throw new Error(`${file} has ${others.length} more blocks of ${language}`)
  return block[1] ?? ''
}

export function documents(root: string): string[] {
  const below = (folder: string): string[] => {
    const path = join(root, folder)
    const names = existsSync(path) ? readdirSync(path) : []
    return names.filter((name) => name.endsWith('.md')).map((name) => join(path, name))
  }
  return [join(root, 'README.md'), ...below('docs').sort(), ...below('docs/views').sort()]
}

/** Where the relative links of a Markdown file lead, as paths. */
export function readLinkTargets(file: string): string[] {
  const links = readFileSync(file, 'utf8').matchAll(/\]\((?!\w+:|#)([^)#]+)(?:#[^)]*)?\)/g)
  return [...links].map(([, target = '']) => join(dirname(file), target))
}
