import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { findCircle, type ImportLine, readImports, readSourceTree, type SourceTree } from './support/source-tree.js'

/** Imports go to the same floor or a lower one. The first pattern that matches a file tells its floor. */
const FLOORS: readonly (readonly [pattern: RegExp, floor: number, name: string])[] = [
  [/^src\/[^/]+\.ts$/, 5, 'entry'],
  [/^src\/(?:express|koa|testing)\//, 4, 'adapter'],
  [/^src\/shared\/response-methods\.ts$/, 3, 'method table'],
  [/^src\/shared\/methods\//, 2, 'methods'],
  [/^src\/shared\/fields\//, 0, 'fields'],
  [/^src\/shared\//, 1, 'shared'],
]

const FRAMEWORK = /^(?:express|koa|@koa\/.+|koa-.+|express-.+|types-(?:express|koa)\d)(?:\/|$)/
const NAMELESS = /(?:^|[/-])(?:utils?|helpers?|common|misc)(?=[/.-]|$)/

function floorOf(file: string): readonly [floor: number, name: string] {
  const found = FLOORS.find(([pattern]) => pattern.test(file))
  if (found === undefined) throw new Error(`${file} stands on no floor`)
  return [found[1], found[2]]
}

function violations(tree: SourceTree): string[] {
  const imports = readImports(tree)
  const circle = findCircle(imports)
  return [
    ...imports.flatMap(violationsOf),
    ...[...tree.keys()].filter((file) => NAMELESS.test(file)).map((file) => `${file}: a name that says nothing`),
    ...imports.filter(({ file }) => file !== undefined && !tree.has(file)).map((line) => `${show(line)}: no such file`),
    ...(circle === undefined ? [] : [`circle: ${circle.join(' -> ')}`]),
  ]
}

function violationsOf(line: ImportLine): string[] {
  const { from, specifier, file } = line
  const found: string[] = []
  if (from.startsWith('src/shared/') && FRAMEWORK.test(specifier))
    found.push(`${show(line)}: a framework inside shared`)
  if (file === undefined) return found
  const [fromFloor, fromName] = floorOf(from)
  const [floor, name] = floorOf(file)
  if (fromName === 'fields' && name !== 'fields') found.push(`${show(line)}: fields know nothing of ours`)
  else if (floor > fromFloor) found.push(`${show(line)}: upward, from ${fromName} to ${name}`)
  if (fromName === 'adapter' && name === 'adapter' && room(from) !== room(file)) {
    found.push(`${show(line)}: adapters do not know each other`)
  }
  return found
}

const room = (file: string): string | undefined => file.split('/')[1]
const show = ({ from, specifier }: ImportLine): string => `${from} imports '${specifier}'`

describe('architecture of src', () => {
  const tree = readSourceTree(join(import.meta.dirname, '..'), 'src')

  it('is read: the entries and what they import are there', () => {
    expect([...tree.keys()]).to.include.members(['src/index.ts', 'src/express/index.ts', 'src/koa/index.ts'])
    expect(readImports(tree)).to.deep.include({
      from: 'src/express/index.ts',
      specifier: '../shared/install-methods.js',
      file: 'src/shared/install-methods.ts',
    })
  })

  it('has no upward import, no circle, no framework inside shared, no name that says nothing', () => {
    expect(violations(tree)).to.deep.equal([])
  })
})

describe('dependencies', () => {
  const root = join(import.meta.dirname, '..')
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const named = readImports(readSourceTree(root, 'src')).map(({ specifier }) => specifier)
  const readme = readFileSync(join(root, 'README.md'), 'utf8')

  for (const name of Object.keys(dependencies)) {
    it(`${name} is imported, and justified in the README`, () => {
      expect(named).to.include(name)
      expect(readme).to.match(new RegExp(`^\\| \\[${name}\\]\\(https://.+\\) \\| .+ \\|$`, 'm'))
    })
  }
})

describe('the rules of the architecture, each broken on purpose', () => {
  const planted = (files: Record<string, string>) => violations(new Map(Object.entries(files)))

  for (const [rule, files, message] of [
    [
      'shared imports an adapter',
      { 'src/shared/a.ts': "import { x } from '../koa/b.js'", 'src/koa/b.ts': '' },
      'upward, from shared to adapter',
    ],
    [
      'a response imports a method',
      { 'src/shared/responses/a.ts': "import { x } from '../methods/b.js'", 'src/shared/methods/b.ts': '' },
      'upward, from shared to methods',
    ],
    [
      'fields import errors',
      { 'src/shared/fields/a.ts': "import type { E } from '../errors.js'", 'src/shared/errors.ts': '' },
      'fields know nothing of ours',
    ],
    [
      'an adapter imports the other, for a type, inline',
      { 'src/koa/a.ts': "type X = import('../express/b.js').X", 'src/express/b.ts': '' },
      'adapters do not know each other',
    ],
    ['shared imports express', { 'src/shared/a.ts': "import express from 'express'" }, 'a framework inside shared'],
    [
      'shared imports a type of koa, over several lines',
      { 'src/shared/a.ts': "import type {\n  Context,\n} from 'koa'" },
      'a framework inside shared',
    ],
    ['shared requires koa', { 'src/shared/a.ts': "const koa = require('koa')" }, 'a framework inside shared'],
    ['shared loads koa later', { 'src/shared/a.ts': "await import('koa')" }, 'a framework inside shared'],
    [
      'a circle of three, of types and re-exports',
      {
        'src/shared/a.ts': "import './b.js'",
        'src/shared/b.ts': "import type { C } from './c.js'",
        'src/shared/c.ts': "export * from './a.js'",
      },
      'circle: src/shared/a.ts -> src/shared/b.ts -> src/shared/c.ts -> src/shared/a.ts',
    ],
    ['a folder named utils', { 'src/shared/utils/a.ts': '' }, 'a name that says nothing'],
    ['a file named after helpers', { 'src/shared/cookie-helpers.ts': '' }, 'a name that says nothing'],
    ['an import that leads nowhere', { 'src/shared/a.ts': "import './gone.js'" }, 'no such file'],
  ] as const) {
    it(`catches: ${rule}`, () => {
      const found = planted(files)
      expect(found).to.have.length(1)
      expect(found[0]).to.include(message)
    })
  }

  it('a word in a comment or a string is no import', () => {
    expect(
      planted({ 'src/shared/a.ts': "// import 'express'\n/* from 'koa' */\nconst a = \"from 'koa'\"\n" }),
    ).to.deep.equal([])
  })
})
