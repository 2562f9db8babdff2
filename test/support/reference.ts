import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** An export of the package, or a method of a response, and its place in the reference. */
export interface ReferenceEntry {
  readonly name: string
  readonly page: string
  readonly anchor: string
}

export interface ReferenceCall {
  /** `Reply.setText` for a member. */
  readonly name: string
  readonly page: string
  /** As TypeDoc names it: `Call signature`, `Get signature`. */
  readonly kind: string
  readonly text: string
  readonly tags: readonly string[]
  readonly parameters: readonly { readonly name: string; readonly text: string }[]
}

export interface ReferenceOption {
  readonly name: string
  readonly type: string
  readonly isOptional: boolean
  readonly text: string
  /** `undefined` or `–`: the text names none. */
  readonly default?: string
}

/** What the JSDoc says, as `scripts/write-reference.mjs` reads it. */
export interface Api {
  readonly entries: readonly (ReferenceEntry & { readonly kind: string; readonly text: string })[]
  readonly methods: readonly ReferenceEntry[]
  readonly calls: readonly ReferenceCall[]
  readonly options: Readonly<Record<string, readonly ReferenceOption[]>>
}

export interface Reference {
  readonly api: Api
  /** The Markdown of a page. */
  page(name: string): string
  /** What the check says of tables that are not what the JSDoc says. */
  readonly complaints: string
  remove(): void
}

/** Writes the reference into a folder of its own, and compares the tables of the guides. */
export async function writeReference(): Promise<Reference> {
  const folder = mkdtempSync(join(tmpdir(), 'response-kit-reference-'))
  const complaints = await new Promise<string>((resolve) => {
    execFile('node', ['scripts/write-reference.mjs', '--check', folder], { cwd: root }, (error, _, stderr) => {
      resolve(error === null ? '' : stderr)
    })
  })
  if (!existsSync(join(folder, 'api.json'))) throw new Error(complaints)
  return {
    api: JSON.parse(readFileSync(join(folder, 'api.json'), 'utf8')),
    page: (name) => readFileSync(join(folder, `${name}.md`), 'utf8'),
    complaints,
    remove: () => rmSync(folder, { recursive: true }),
  }
}
