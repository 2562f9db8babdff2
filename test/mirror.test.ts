import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { HELD_ELSEWHERE } from './support/held-elsewhere.js'
import { readSourceTree } from './support/source-tree.js'

const root = join(import.meta.dirname, '..')

/** From how many branches on a file decides something. */
const FEW_BRANCHES = 4

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g
const BRANCH = /\b(?:if|switch|catch|while)\b|\? |\?\?|\|\||&&/g

const branchesOf = (text: string): number => [...text.replace(COMMENT, '').matchAll(BRANCH)].length
const mirrorOf = (file: string): string => file.replace(/^src\//, 'test/').replace(/\.ts$/, '.test.ts')

describe('test/shared mirrors src/shared', () => {
  const deciding = [...readSourceTree(root, 'src/shared')]
    .filter(([, text]) => branchesOf(text) >= FEW_BRANCHES)
    .map(([file]) => file)
  const unmirrored = deciding.filter((file) => !existsSync(join(root, mirrorOf(file))))

  it('each file that decides something has a test file of its path, or the list names the test that holds it', () => {
    expect(unmirrored.filter((file) => !(file in HELD_ELSEWHERE))).to.deep.equal([])
  })

  it('the list names only files and tests that exist', () => {
    expect(Object.keys(HELD_ELSEWHERE).filter((file) => !existsSync(join(root, file)))).to.deep.equal([])
    expect(Object.values(HELD_ELSEWHERE).filter((test) => !existsSync(join(root, test)))).to.deep.equal([])
  })

  it('counts branches, and none of a comment', () => {
    expect(branchesOf('// if (a)\n/* a ?? b */ const a = b')).to.equal(0)
    expect(branchesOf('if (a && b) c = d ? e : f ?? g')).to.equal(4)
  })
})
