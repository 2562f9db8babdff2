import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { findCircle, type ImportLine, readImports, readSourceTree, type SourceTree } from './support/source-tree.js'

/** The rooms of `src/shared`, from the ground up. A room imports values only from itself and from rooms below it. */
const ROOMS = [
  'checks',
  'fields',
  'wire',
  'json',
  'exchange',
  'cookies',
  'streams',
  'bodies',
  'files',
  'routes',
  'redirects',
  'settings',
  'reply',
  'methods',
] as const
const ADAPTER = ROOMS.length
const ENTRY = ADAPTER + 1

/** Every room may name the types of these two: each request carries an exchange, and the exchange carries settings. */
const TYPES_FOR_ALL: readonly string[] = ['src/shared/exchange/', 'src/shared/settings/']

const FRAMEWORK = /^(?:express|koa|@koa\/.+|koa-.+|express-.+|types-(?:express|koa)\d)(?:\/|$)/
const NAMELESS = /(?:^|[/-])(?:utils?|helpers?|common|misc)(?=[/.-]|$)/

function floorOf(file: string): readonly [floor: number, name: string] {
  if (/^src\/[^/]+\.ts$/.test(file)) return [ENTRY, 'entry']
  if (/^src\/(?!shared\/)[^/]+\//.test(file)) return [ADAPTER, 'adapter']
  const [, name = ''] = /^src\/shared\/([^/]+)\/.+/.exec(file) ?? []
  const floor = (ROOMS as readonly string[]).indexOf(name)
  if (floor < 0) throw new Error(`${file} is in no room`)
  return [floor, name]
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
  const isTypeForAll = line.isType && TYPES_FOR_ALL.some((room) => file.startsWith(room))
  if (floor > fromFloor && !isTypeForAll) found.push(`${show(line)}: upward, from ${fromName} to ${name}`)
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
      specifier: '../shared/methods/install-methods.js',
      file: 'src/shared/methods/install-methods.ts',
      isType: false,
    })
  })

  it('has no upward import, no circle, no framework inside shared, no name that says nothing', () => {
    expect(violations(tree)).to.deep.equal([])
  })
})

/** `name` of `name/part`, `@scope/name` of `@scope/name/part`. */
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

describe('dependencies', () => {
  const root = join(import.meta.dirname, '..')
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const named = readImports(readSourceTree(root, 'src')).map(({ specifier }) => packageOf(specifier))
  const reasons = readFileSync(join(root, 'docs/versions.md'), 'utf8')

  for (const name of Object.keys(dependencies)) {
    it(`${name} is imported, and justified in docs/versions.md`, () => {
      expect(named).to.include(name)
      expect(reasons).to.match(new RegExp(`^\\| \\[${name}\\]\\(https://.+\\) \\| .+ \\|$`, 'm'))
    })
  }
})

describe('the rules of the architecture, each broken on purpose', () => {
  const planted = (files: Record<string, string>) => violations(new Map(Object.entries(files)))

  for (const [rule, files, message] of [
    [
      'a room imports an adapter',
      { 'src/shared/reply/a.ts': "import { x } from '../../koa/b.js'", 'src/koa/b.ts': '' },
      'upward, from reply to adapter',
    ],
    [
      'a room imports a value from a room above it',
      { 'src/shared/bodies/a.ts': "import { x } from '../methods/b.js'", 'src/shared/methods/b.ts': '' },
      'upward, from bodies to methods',
    ],
    [
      'a room imports a type from a room above it',
      { 'src/shared/fields/a.ts': "import type {\n  E,\n} from '../cookies/b.js'", 'src/shared/cookies/b.ts': '' },
      'upward, from fields to cookies',
    ],
    [
      'a room imports a value of the exchange from below',
      { 'src/shared/fields/a.ts': "import { E } from '../exchange/b.js'", 'src/shared/exchange/b.ts': '' },
      'upward, from fields to exchange',
    ],
    [
      'an adapter imports the other, for a type, inline',
      { 'src/koa/a.ts': "type X = import('../express/b.js').X", 'src/express/b.ts': '' },
      'adapters do not know each other',
    ],
    [
      'shared imports express',
      { 'src/shared/json/a.ts': "import express from 'express'" },
      'a framework inside shared',
    ],
    [
      'shared imports a type of koa, over several lines',
      { 'src/shared/json/a.ts': "import type {\n  Context,\n} from 'koa'" },
      'a framework inside shared',
    ],
    ['shared requires koa', { 'src/shared/json/a.ts': "const koa = require('koa')" }, 'a framework inside shared'],
    ['shared loads koa later', { 'src/shared/json/a.ts': "await import('koa')" }, 'a framework inside shared'],
    [
      'a circle of three, of types and re-exports',
      {
        'src/shared/json/a.ts': "import './b.js'",
        'src/shared/json/b.ts': "import type { C } from './c.js'",
        'src/shared/json/c.ts': "export * from './a.js'",
      },
      'circle: src/shared/json/a.ts -> src/shared/json/b.ts -> src/shared/json/c.ts -> src/shared/json/a.ts',
    ],
    ['a folder named utils', { 'src/shared/json/utils/a.ts': '' }, 'a name that says nothing'],
    ['a file named after helpers', { 'src/shared/cookies/cookie-helpers.ts': '' }, 'a name that says nothing'],
    ['an import that leads nowhere', { 'src/shared/json/a.ts': "import './gone.js'" }, 'no such file'],
  ] as const) {
    it(`catches: ${rule}`, () => {
      const found = planted(files)
      expect(found).to.have.length(1)
      expect(found[0]).to.include(message)
    })
  }

  it('a file loose in src/shared is in no room', () => {
    expect(() => planted({ 'src/shared/a.ts': "import './json/b.js'", 'src/shared/json/b.ts': '' })).to.throw('no room')
  })

  it('every room may import the types of the exchange and of the settings', () => {
    expect(
      planted({
        'src/shared/fields/a.ts':
          "import type { Exchange } from '../exchange/b.js'\nimport type { S } from '../settings/c.js'",
        'src/shared/exchange/b.ts': '',
        'src/shared/settings/c.ts': '',
      }),
    ).to.deep.equal([])
  })

  it('a word in a comment or a string is no import', () => {
    expect(
      planted({ 'src/shared/json/a.ts': "// import 'express'\n/* from 'koa' */\nconst a = \"from 'koa'\"\n" }),
    ).to.deep.equal([])
  })
})
