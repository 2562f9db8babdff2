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

/** The blocks below each heading of the second level; those before the first heading are below `''`. */
export function readCodeBlocksByHeading(file: string): Map<string, CodeBlock[]> {
  const headings = [...readFileSync(file, 'utf8').matchAll(/^## (.*)$/gm)]
  const lineOf = (index: number): number => readFileSync(file, 'utf8').slice(0, index).split('\n').length
  const starts = [
    { title: '', line: 0 },
    ...headings.map((match) => ({ title: match[1] ?? '', line: lineOf(match.index) })),
  ]
  const sections = new Map<string, CodeBlock[]>(starts.map(({ title }) => [title, []]))
  for (const block of readCodeBlocks(file)) {
    const line = Number(block.place.split(':')[1])
    const section = starts.findLast((start) => start.line < line)
    sections.get(section?.title ?? '')?.push(block)
  }
  return sections
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

/** Links with a fragment, as `path#fragment`; a link within the file has its own path. */
export function readLinksToHeadings(file: string): string[] {
  const links = readFileSync(file, 'utf8').matchAll(/\]\((?!\w+:)([^)#]*)#([^)]+)\)/g)
  return [...links].map(
    ([, target = '', fragment]) => `${target === '' ? file : join(dirname(file), target)}#${fragment}`,
  )
}

/** The anchors of a file's headings, as GitHub makes them. */
export function readAnchors(file: string): Set<string> {
  const text = readFileSync(file, 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '')
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading.replaceAll(/\]\([^)]*\)/g, ''))
  return new Set(
    headings.map((heading) =>
      heading
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  )
}
