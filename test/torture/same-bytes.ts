// The promise of the package: the same call gives the same bytes on all frameworks.
import { utimesSync } from 'node:fs'
import { frameworks, listen } from '../support/frameworks.js'
import { rawExchange } from '../support/raw-exchange.js'
import { Sandbox } from '../support/sandbox.js'
import { createProgram, createRequest, type Files, kits, type Program } from './programs.js'

export interface SameBytesOptions {
  /** The seed of the first program. The next ones have the seeds after it. */
  readonly seed: number
  readonly programs: number
}

export interface SameBytesResult {
  /** Each program whose answers differ, with these answers. */
  readonly differences: readonly string[]
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>
}

/** Runs programs on all frameworks, each with a request of the same seed, and compares what comes over the wire. */
export async function compareAnswers({ seed, programs }: SameBytesOptions): Promise<SameBytesResult> {
  const sandbox = new Sandbox()
  const files = createFiles(sandbox)
  let program: Program
  const apps = await Promise.all(
    frameworks.flatMap(({ name, createListener }) =>
      kits.map(async (kit, index) => {
        const options = { kit, problems: { showInternals: false } }
        const listener = createListener((target) => program.run(target), options, [])
        return { name, kit: index, ...(await listen(listener)) }
      }),
    ),
  )
  const differences: string[] = []
  const statuses: Record<string, number> = {}
  for (let each = seed; each < seed + programs; each++) {
    program = createProgram(each, files)
    const request = createRequest(each, program)
    const answers = new Map<string, string[]>()
    for (const { name, kit, port } of apps) {
      if (kit !== program.kit) continue
      const answer = comparable(await rawExchange(port, request))
      answers.set(answer, [...(answers.get(answer) ?? []), name])
      const status = answer.slice('HTTP/1.1 '.length).slice(0, 3)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
    if (answers.size === 1) continue
    const told = [...answers].map(([answer, names]) => `${names.join(', ')}:\n${answer}`)
    differences.push(`seed ${each}, options ${program.kit}: ${program.title}\n${request}${told.join('\n')}`)
  }
  await Promise.all(apps.map((app) => app.close()))
  sandbox.remove()
  return { differences, statuses }
}

const CHANGED_AT = 1_000_000_000

function createFiles(sandbox: Sandbox): Files {
  const files = {
    text: sandbox.write('a file é.txt', 'these are the lines of a file\n'.repeat(50)),
    empty: sandbox.write('empty.bin', ''),
  }
  for (const path of Object.values(files)) utimesSync(path, CHANGED_AT, CHANGED_AT)
  return { ...files, missing: sandbox.path('missing'), directory: sandbox.root }
}

/** An answer without what may differ: the order of fields, the date, chunks, random texts, and the spelling of Express 4. */
function comparable(raw: string): string {
  const [, head = '', content = ''] = /^(?:HTTP\/1\.1 1.*?\r\n\r\n)*(.*?)\r\n\r\n(.*)$/s.exec(raw) ?? []
  const [statusLine = '', ...fields] = head.split('\r\n')
  const body = /^transfer-encoding: chunked$/im.test(head) ? joinChunks(content) : content
  const boundary = /boundary=([\w-]+)/.exec(head)?.[1] ?? '\0'
  return [
    statusLine.toLowerCase(),
    ...fields
      .filter((line) => !HOSTS_OWN.test(line))
      .map(comparableField)
      .sort(),
    '',
    body,
  ]
    .join('\n')
    .replaceAll(boundary, 'BOUNDARY')
}

const HOSTS_OWN = /^(?:date|connection|keep-alive|x-powered-by):/i

function comparableField(line: string): string {
  const colon = line.indexOf(':')
  const name = line.slice(0, colon).toLowerCase()
  const value = line
    .slice(colon)
    .replace(/filename="([\w.-]+)"/, 'filename=$1')
    .replace('charset=UTF-8', 'charset=utf-8')
    .replace(/(?:kit|my)\.\w+(?:=|%3D)v1[\w.-]*/g, (sealed) => `SEALED ${sealed.length}`)
  return name + value
}

/** The bytes of all chunks; what comes after the last of them is marked. */
function joinChunks(content: string): string {
  let body = ''
  for (let at = 0; at < content.length; ) {
    const lineEnd = content.indexOf('\r\n', at)
    const length = Number.parseInt(content.slice(at, lineEnd), 16)
    const start = lineEnd + 2
    if (!(length > 0)) return `${body}END${content.slice(start)}`
    body += content.slice(start, start + length)
    at = start + length + 2
  }
  return `${body}CUT`
}
