import { join } from 'node:path'
import { expect } from 'chai'

const root = join(import.meta.dirname, '../..')
const { judge, sentencesOf, wordsOf } = await import(join(root, 'scripts/check-sentences.mjs'))

describe('the check of sentences', () => {
  it('ends a sentence at a full stop, an item of a list and a paragraph, and counts code as one word', () => {
    const text =
      '# A heading\n\nOne two. `a b c` two\nthree.\n\n- one\n- [one two](x.md)\n\n| a | table |\n\n```ts\ncode\n```\n'
    expect(sentencesOf(text).map(wordsOf)).to.deep.equal([2, 3, 1, 2])
  })

  it('finds a sentence of more than 30 words, and a page with more than 20 on average', () => {
    const words = (count: number): string => `${'word '.repeat(count - 1)}word.`
    expect(judge(words(30)).long).to.deep.equal([])
    expect(judge(words(31)).long).to.have.length(1)
    expect(judge(`${words(20)}\n\n${words(20)}`).isWordy).to.equal(false)
    expect(judge(`${words(20)}\n\n${words(21)}`).isWordy).to.equal(true)
  })
})
