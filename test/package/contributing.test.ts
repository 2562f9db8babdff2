import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'

const root = join(import.meta.dirname, '../..')
const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What a recipe writes: an adapter `NAME`, a method `yaml`. */
const EXAMPLE = /NAME|yaml|FILE/

const textsIn = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)

for (const file of [
  'CONTRIBUTING.md',
  'README.md',
  ...readdirSync(join(root, 'docs/decisions')).map((name) => `docs/decisions/${name}`),
]) {
  describe(`the paths in ${file}`, () => {
    const paths = textsIn(readFileSync(join(root, file), 'utf8')).filter((each) =>
      /^(?:src|test|docs|scripts|bench|examples)\/[\w./-]*$/.test(each),
    )

    it('exist', () => {
      const missing = paths.filter((path) => !EXAMPLE.test(path) && !existsSync(join(root, path)))
      expect(missing).to.deep.equal([])
    })
  })
}

describe('CONTRIBUTING.md', () => {
  it('has a map of every room, and of no other', () => {
    const [, map = ''] = /\nsrc\/shared\/\n([\s\S]*?)\n```/.exec(contributing) ?? []
    const named = [...map.matchAll(/^ {2}(\w+)\/ /gm)].map(([, name]) => name)
    const rooms = readdirSync(join(root, 'src/shared')).filter(
      (name) => readdirSync(join(root, 'src/shared', name)).length > 0,
    )
    expect([...named].sort()).to.deep.equal(rooms.sort())
  })

  it('names only commands that exist', () => {
    const named = [...contributing.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name)
    expect(named.filter((name) => !(name in scripts))).to.deep.equal([])
  })
})
