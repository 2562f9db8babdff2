import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../..')
const modules = join(repository, 'node_modules')

/** What `npm publish` would publish. */
export interface Tarball {
  readonly path: string
  readonly files: readonly string[]
  /** Bytes of the archive, and of what is in it. */
  readonly size: number
  readonly unpackedSize: number
}

let packing: Promise<Tarball> | undefined

/** Builds and packs, once in a run. */
export function packPackage(): Promise<Tarball> {
  packing ??= pack()
  return packing
}

/** npm as `npm test` was started. On Windows its name alone is a script, which Node does not start. */
const [npm, ...npmArguments] = /npm-cli\.js$/.test(process.env.npm_execpath ?? '')
  ? [process.execPath, process.env.npm_execpath ?? '']
  : ['npm']

async function pack(): Promise<Tarball> {
  const folder = temporaryFolder()
  const { stdout } = await run(npm, [...npmArguments, 'pack', '--json', '--silent', '--pack-destination', folder], {
    cwd: repository,
  })
  const [{ filename, files, size, unpackedSize }] = JSON.parse(stdout.slice(stdout.indexOf('[')))
  return { path: join(folder, filename), files: files.map((file: { path: string }) => file.path), size, unpackedSize }
}

let workplace: string | undefined

/** Removed when the run ends. */
function temporaryFolder(): string {
  workplace ??= createWorkplace()
  return mkdtempSync(join(workplace, 'project-'))
}

function createWorkplace(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'response-kit-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Project {
  readonly folder: string
  write(name: string, text: string): string
  /** Runs node there; what it prints, or an error that holds what it printed. */
  node(...args: string[]): Promise<string>
  /** Runs the TypeScript compiler there, or an older one by its name in node_modules; its complaints, one a line. */
  compile(options: Readonly<Record<string, unknown>>, compiler?: string): Promise<string[]>
}

export interface ProjectOptions {
  /** Packages beside the kit: name in the project -> name in the repository's node_modules. */
  readonly packages?: Readonly<Record<string, string>>
}

/**
 * A project of a user's, outside the repository, with the packed kit in its node_modules: nothing is there but the kit,
 * what the kit's package.json declares as dependencies, and the packages asked for.
 */
export async function createProject({ packages = {} }: ProjectOptions = {}): Promise<Project> {
  const tarball = await packPackage()
  const folder = temporaryFolder()
  const kit = join(folder, 'node_modules/response-kit')
  mkdirSync(kit, { recursive: true })
  await run('tar', ['-xzf', tarball.path, '--strip-components=1', '-C', kit])
  const { dependencies } = JSON.parse(readFileSync(join(kit, 'package.json'), 'utf8'))
  for (const name of Object.keys(dependencies)) link(folder, name, join(modules, name))
  for (const [name, source] of Object.entries(packages)) link(folder, name, join(modules, source))
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n')
  return {
    folder,
    write(name, text) {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      return path
    },
    async node(...args) {
      const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: 30_000 })
      return stdout
    },
    async compile(compilerOptions, compiler = 'typescript') {
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['code'] }))
      const tsc = join(modules, compiler, 'bin/tsc')
      const output = await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: folder }).then(
        ({ stdout }) => stdout,
        (failure: { stdout: string }) => failure.stdout || String(failure),
      )
      return output.split('\n').filter((line) => line !== '')
    },
  }
}

function link(folder: string, name: string, target: string): void {
  const path = join(folder, 'node_modules', name)
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(realpathSync(target), path)
}
