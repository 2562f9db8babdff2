// Looks for words that make English hard to read for people who learned it at school, and counts them by room.
//
//   node scripts/check-words.mjs             prints the counts
//   node scripts/check-words.mjs --strict    prints each line, and fails if there is one
//   node scripts/check-words.mjs --list src/shared/files
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')

/** Each word, and what says the same in plain English. */
const WORDS = [
  [
    /\bbehind\b(?! (?:(?:a|the|its?|an|some) )?(?:reverse |path )?(?:\w+ )?(?:prox(?:y|ies)|load balancer|nginx|CDN|prefix))/i,
    'after',
  ],
  [/\boctets?\b/i, 'bytes'],
  [/\b(?:whoever|whomever|whosoever)\b/i, 'name the actor: the caller, the client, the browser'],
  [/\b(?:somebody|nobody|someone|anybody|everybody)\b/i, 'name the actor: the caller, the client, the browser'],
  [
    /\b(?:thereof|therein|thereby|therewith|thereafter|hereby|herein|hereof|wherein|whereof|whereby)\b/i,
    'use a full phrase',
  ],
  [/\bbeforehand\b/i, 'before, first, ahead of time'],
  [/\b(?:henceforth|hitherto|albeit|lest|whilst|amongst|upon)\b/i, 'use the common word'],
  [/\b(?:one's own|of one's own|as one likes)\b/i, 'your own, its own'],
  [/\bhears? of\b/i, 'is told of, gets'],
  [/\banew\b/i, 'again, or: a new one'],
  [/\bno one\b/i, 'name the actor: the caller, the client, the browser'],
  [/\bfor ever\b/i, 'forever, or: without end'],
  [/\ball the same\b/i, 'still'],
  [/\b(?:and|or) (?:its|their) like\b/i, 'name them, or: and similar ones'],
  // "a date that is none": the reader has to find out which thing it is not.
  [/(?<!\b(?:there|if) )\b(?:is|are) none\b/, 'is no date, does not count'],
  [/\bwhere (?:the|a) (?:user|guest|visitor|client) (?:came|comes|was|is|has)\b/i, 'the page that the user comes from'],
  // "a socket of Node's": the thing that belongs is not named.
  [/\bof (?:Node|Express|Koa|the (?:app|caller|client|developer|framework|user))'s(?=[.,;:)]|$)/i, 'a Node socket'],
  [/\b(?:at most )?so many (?:\w+ ){1,2}(?:are|is|may|came|have|were)\b/i, 'at most this many, the most'],
  // "where" in the place of "if": a clause with a verb of being, having or coming after it.
  [
    /(?<!\b(?:remembers?|to|but|cookie|itself|says?|put|stays|knows?|asks?) )\bwhere (?:there (?:is|are|was|were)|it (?!is\b|was\b|comes\b)|they|nothing|something|none|no|one)\b|(?<!\b(?:remembers?|to|but|cookie|itself|says?|put|stays|knows?|asks?) )\bwhere (?:the \w+ (?:is|are|has|have|does|can|may|was|were)|an? \w+ (?:is|are|has|have|does|can|was|were))(?! going)/i,
    'if',
  ],
]

/** Names that an RFC gives: of grammar rules (RFC 6265 §4.1.1), and of a media type. */
const NAMES_OF_RFCS = /\b(?:cookie|av)-octets?\b|\bapplication[/-]octet-stream\b/gi

/** An RFC in quotes keeps its words; so does a line that names the list itself. */
const QUOTE = /[“"«][^”"»]*[”"»] ?\(?RFC \d+|RFC \d+[^.]*[“"«]/

const ignored =
  /(?:^|\/)(?:node_modules|dist|docs-site|docs\/reference|\.git)(?:\/|$)|package-lock\.json$|check-words\.mjs$/

function* filesBelow(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (ignored.test(relative(root, path))) continue
    if (statSync(path).isDirectory()) yield* filesBelow(path)
    else if (/\.(?:[cm]?[jt]s|md)$/.test(name)) yield path
  }
}

/** What people read: comments and strings of a program (so error texts and test titles too), all of a document. */
function readableParts(path, line) {
  if (path.endsWith('.md')) return line.replace(/\*\w+\*/g, '') // a word that is spoken of, not used
  const comment = /^\s*(?:\/\*\*?|\*|\/\/)(.*)$/.exec(line)?.[1] ?? /\s\/\/ (.*)$/.exec(line)?.[1] ?? ''
  const strings = [...line.matchAll(/(['"`])((?:\\.|(?!\1).)*)\1/g)]
    .map(([, , text]) => text)
    .filter((text) => / /.test(text))
  return [comment, ...strings].join(' | ')
}

function findIn(path) {
  const found = []
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    const text = readableParts(path, line).replace(NAMES_OF_RFCS, '')
    if (text === '' || QUOTE.test(text)) continue
    for (const [pattern, better] of WORDS) {
      const word = pattern.exec(text)?.[0]
      if (word !== undefined) found.push({ file: relative(root, path), line: index + 1, word: word.trim(), better })
    }
  }
  return found
}

/** `src/shared/files` for a file of that room, `test/contract` for a test, `docs` for a document. */
function roomOf(file) {
  const folder = dirname(file).split('/')
  return folder.slice(0, folder[0] === 'src' && folder[1] === 'shared' ? 3 : 2).join('/')
}

const strict = process.argv.includes('--strict')
const listed = process.argv.includes('--list') ? process.argv.at(-1) : undefined
const documents = readdirSync(root).filter((name) => name.endsWith('.md'))
const paths = [
  ...['src', 'test', 'docs', 'examples', 'bench', 'scripts'].flatMap((folder) => [...filesBelow(join(root, folder))]),
  ...documents.map((name) => join(root, name)),
]
const found = paths.flatMap(findIn)
const show = ({ file, line, word, better }) => `${file}:${line}: "${word}" (${better})`

if (strict || listed !== undefined) {
  for (const each of found) if (listed === undefined || each.file.startsWith(listed)) console.log(show(each))
} else if (found.length > 0) {
  const counts = new Map()
  for (const { file } of found) counts.set(roomOf(file), (counts.get(roomOf(file)) ?? 0) + 1)
  const lines = [...counts].sort(([, one], [, other]) => other - one).map(([room, count]) => `${count} ${room}`)
  console.log(`words that are hard to read: ${found.length} (${lines.join(', ')})`)
}
if (strict && found.length > 0) process.exitCode = 1
