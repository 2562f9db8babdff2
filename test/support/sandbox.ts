import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A directory of its own for a test, whose path holds no dot-directory. */
export class Sandbox {
  readonly root: string

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'response-kit-'))
  }

  path(...names: string[]): string {
    return join(this.root, ...names)
  }

  /** Writes a file last modified long ago, at a time with a fraction of a second, as the system gives it. */
  write(name: string, content: string | Uint8Array, modified: Date = new Date('2021-01-02T03:04:05.250Z')): string {
    const path = this.path(name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    utimesSync(path, modified, modified)
    return path
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
