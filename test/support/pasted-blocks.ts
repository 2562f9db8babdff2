import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { type CodeBlock, readCodeBlocksByHeading } from './markdown-code.js'
import { createProject, type Project } from './packed-project.js'

const root = join(import.meta.dirname, '../..')
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

export type Family = 'express' | 'koa'

/** A framework, and the packages that are not those of the same name in the repository. */
export interface Host {
  readonly name: string
  readonly family: Family
  readonly packages: Readonly<Record<string, string>>
}

export const NEW_HOSTS: readonly Host[] = [
  { name: 'express5', family: 'express', packages: {} },
  { name: 'koa3', family: 'koa', packages: {} },
]

export const OLD_HOSTS: readonly Host[] = [
  { name: 'express4', family: 'express', packages: { express: 'express4' } },
  { name: 'koa2', family: 'koa', packages: { koa: 'koa2' } },
]

const COMPILER = {
  target: 'es2022',
  lib: ['es2023', 'dom', 'dom.iterable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noImplicitAny: false,
  skipLibCheck: true,
  noEmit: true,
}

/** Loads each file; what it serves listens on a free port in place of the one in the text. Prints the ports by file. */
const SERVE = `
  import net from 'node:net'
  const { listen } = net.Server.prototype
  const servers = []
  net.Server.prototype.listen = function () {
    servers.push(this)
    return listen.call(this, 0, '127.0.0.1')
  }
  const ports = {}
  for (const file of process.argv.slice(2)) {
    await import(file)
    const server = servers.pop()
    if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
    ports[file] = server.address().port
  }
  console.log(JSON.stringify(ports))
  process.once('disconnect', () => process.exit())`

/** A page of the docs that begins with an app for each framework, and has blocks that go into it. */
export interface PageOfBlocks {
  /** The blocks by the heading they are below. */
  readonly sections: ReadonlyMap<string, readonly CodeBlock[]>
  /** What the compiler says of all blocks, each pasted into its app. */
  complaints(): Promise<string[]>
  /** Runs the block of each section that is for this host, in one process. */
  run(host: Host, environment: Readonly<Record<string, string>>): Promise<RunningBlocks>
}

export interface RunningBlocks {
  portOf(section: string): number
  end(): Promise<void>
}

export const isForKoa = ({ code }: CodeBlock): boolean => /\bctx\b|'koa'/.test(code)

/** `place` is the comment in the two apps that a block takes the place of. */
export function readPageOfBlocks(file: string, place: string): PageOfBlocks {
  const sections = readCodeBlocksByHeading(join(root, file))
  const apps = sections.get('') ?? []
  for (const [title, blocks] of sections) if (title === '' || blocks.length === 0) sections.delete(title)

  /** The name of each file by its section. */
  function write(project: Project, family: Family): Map<string, string> {
    const app = apps.find((block) => isForKoa(block) === (family === 'koa'))?.code ?? ''
    const files = new Map<string, string>()
    for (const [title, blocks] of sections) {
      const block = blocks.find((each) => isForKoa(each) === (family === 'koa'))
      if (block === undefined) continue
      const name = `./code/${block.place.replace(/\W+/g, '-')}.${family}.mts`
      project.write(
        name,
        app.replace(`// ${place}\n`, () => block.code),
      )
      files.set(title, name)
    }
    return files
  }

  return {
    sections,
    async complaints() {
      const project = await createReaderProject({})
      write(project, 'express')
      write(project, 'koa')
      return project.compile(COMPILER)
    },
    async run({ family, packages }, environment) {
      const project = await createReaderProject(packages)
      const files = write(project, family)
      const { ports, end } = await serve(project, [...files.values()], environment)
      return { portOf: (section) => ports[files.get(section) ?? ''] ?? 0, end }
    },
  }
}

/** A project with every development dependency beside the packed kit. */
async function createReaderProject(packages: Readonly<Record<string, string>>): Promise<Project> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const names = [...Object.keys(devDependencies), '@types/express-serve-static-core']
  return createProject({ packages: { ...Object.fromEntries(names.map((name) => [name, name])), ...packages } })
}

async function serve(
  project: Project,
  files: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ ports: Readonly<Record<string, number>>; end(): Promise<void> }> {
  const main = project.write('serve.mjs', SERVE)
  const child = spawn(process.execPath, ['--import', tsx, main, ...files], {
    cwd: project.folder,
    env: { ...process.env, NODE_ENV: 'test', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let complaints = ''
  child.stderr?.on('data', (text) => {
    complaints += text
  })
  const exited = once(child, 'exit')
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout as Readable }), 'line'), // a pipe, by `stdio`
    exited.then(() => Promise.reject(new Error(`The blocks do not start.\n${complaints}`))),
  ])
  return {
    ports: JSON.parse(line),
    async end() {
      child.disconnect()
      await exited
    },
  }
}
