import { join } from 'node:path'
import { expect } from 'chai'
import { analyse } from 'scslre'
import { readSourceTree } from './support/source-tree.js'

// A literal stands at the start of a value. Comments hold none.
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm
const LITERAL =
  /(?<=[=(,:&|!?[]\s*|return\s+|^\s*)\/((?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([dgimsuvy]*)(?=[\s.,;)\]])/gm

function* literalsOf(source: string): Iterable<RegExp> {
  for (const [, pattern = '', flags] of source.replace(COMMENT, '').matchAll(LITERAL)) yield new RegExp(pattern, flags)
}

/** Whether the engine may take more than linear time to find that a text does not match. */
function isSuperlinear(expression: RegExp): boolean {
  return analyse(expression, { reportTypes: { Move: true, Self: true, Trade: true } }).reports.length > 0
}

describe('regular expressions of src', () => {
  const tree = readSourceTree(join(import.meta.dirname, '..'), 'src')
  const found = [...tree].flatMap(([file, source]) => [...literalsOf(source)].map((each) => ({ file, each })))

  it('are found', () => {
    expect(found.length).to.be.above(60)
    expect(found.map(({ each }) => each.source)).to.include("^[!#$%&'*+\\-.^_`|~0-9A-Za-z]+$")
  })

  it('take linear time for any text: no nested, adjacent or unanchored repeats that compete', () => {
    const faults = found.filter(({ each }) => isSuperlinear(each)).map(({ file, each }) => `${file}: ${each}`)
    expect(faults).to.deep.equal([])
  })

  for (const expression of [/^[ \t]*("[^"]*")?[ \t]*(?:,|$)/, /[/\\]+$/, /\s*\n\s*/g, /^(?:a+)+$/, /^\s*(.*?)\s*$/]) {
    it(`the check finds ${expression}`, () => expect(isSuperlinear(expression)).to.equal(true))
  }

  it('a literal is found in code, and a slash elsewhere begins none', () => {
    const found = [...literalsOf('const a = /x[/]y/g\nif (!/b/.test(c)) d = e / f / g\n// = /z/\n/* = /z/ */')]
    expect(found.map(String)).to.deep.equal(['/x[/]y/g', '/b/'])
  })
})
