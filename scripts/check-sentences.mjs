// Measures the sentences of the docs: on each page at most 20 words on average, and no sentence of more than 30. Code in a
// line counts as one word; blocks of code, tables and headings are no sentences.
//
//   node scripts/check-sentences.mjs           prints the average of each page, and each sentence that is too long
//   node scripts/check-sentences.mjs --quiet   prints only what is too long; fails if there is any
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const MOST_WORDS = 30
const MOST_ON_AVERAGE = 20

/** The text of a page, in pieces that end a sentence: paragraphs and items of lists. */
function piecesOf(markdown) {
  const prose = markdown
    .replaceAll(/^```[\s\S]*?^```$/gm, '\n')
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/^(?:\||#|<\/?(?:table|tr|td|th)\b|!\[|\[[^\]]*\]: ).*$/gm, '\n')
    .replaceAll(/`[^`\n]+`/g, 'code')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  return prose
    .split(/\n\s*\n|\n(?= *(?:[-*]|\d+\.) )/)
    .map((piece) =>
      piece
        .replace(/^ *(?:[-*]|\d+\.) /, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((piece) => piece !== '')
}

/** A full stop after a letter or digit that is followed by a capital, `code` or the end. A colon before a list ends one too. */
export const sentencesOf = (markdown) =>
  piecesOf(markdown).flatMap((piece) => piece.split(/(?<=[.!?][)"'”*]*) (?=[A-Z0-9("'“*]|code\b)/))

export const wordsOf = (sentence) => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length

/** What is too long on a page. */
export function judge(markdown) {
  const sentences = sentencesOf(markdown)
  const words = sentences.map(wordsOf)
  const average = words.reduce((sum, count) => sum + count, 0) / Math.max(1, words.length)
  return { average, isWordy: average > MOST_ON_AVERAGE, long: sentences.filter((each) => wordsOf(each) > MOST_WORDS) }
}

const documents = (folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md') && !/^(?:CHANGELOG|CODE_OF_CONDUCT)/.test(name))
    .map((name) => join(folder, name))

if (process.argv[1] === import.meta.filename) {
  const isQuiet = process.argv.includes('--quiet')
  for (const name of ['.', 'docs', 'docs/views', 'docs/decisions'].flatMap(documents)) {
    const { average, isWordy, long } = judge(readFileSync(join(root, name), 'utf8'))
    if (isWordy || !isQuiet) console.log(`${name}: ${average.toFixed(1)} words a sentence`)
    for (const each of long) console.log(`${name}: ${wordsOf(each)} words: ${each}`)
    if (isWordy || long.length > 0) process.exitCode = 1
  }
}
