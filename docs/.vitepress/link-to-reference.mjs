import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Written by `scripts/write-reference.mjs` before the site is built. */
const API = join(import.meta.dirname, '../reference/api.json')

/** A name that is no word of English. Other names count as a name only as a call or after `res.`. */
const IS_PLAIN_NAME = /[a-z][A-Z]|^[A-Z]/

/** In a guide, the first mention of each call and type is a link to its text in the API reference. Error codes are links too. */
export function linkToReference(md) {
  const targets = readTargets()
  const codes = readCodes()
  md.core.ruler.push('link-to-reference', ({ tokens, env, Token }) => {
    const page = env.relativePath ?? ''
    if (!/^docs\/(?!decisions\/|errors\.)/.test(page)) return
    const isGuide = !page.startsWith('docs/reference/')
    const linked = new Set()
    for (const [index, block] of tokens.entries()) {
      if (block.type !== 'inline' || tokens[index - 1]?.type === 'heading_open') continue
      let depth = 0
      block.children = block.children.flatMap((token) => {
        if (token.type === 'link_open') depth++
        if (token.type === 'link_close') depth--
        if (token.type !== 'code_inline' || depth > 0) return [token]
        const target = codes.get(token.content) ?? (isGuide ? targetOf(token.content, targets) : undefined)
        if (target === undefined || linked.has(target)) return [token]
        linked.add(target)
        const open = new Token('link_open', 'a', 1)
        open.attrSet('href', target)
        return [open, token, new Token('link_close', 'a', -1)]
      })
    }
  })
}

function readTargets() {
  const { entries, methods } = JSON.parse(readFileSync(API, 'utf8'))
  const isBase = ({ kind }) => kind !== 'Function' && kind !== 'Variable'
  // A method comes last, and so takes the place of the factory of the same name.
  const calls = [...entries.filter((entry) => !isBase(entry)).reverse(), ...methods]
  const link = ({ name, page, anchor }) => [name, `/docs/reference/${page}.md#${anchor}`]
  return { calls: new Map(calls.map(link)), types: new Map(entries.filter(isBase).map(link)) }
}

/** The codes of errors that have a heading in docs/errors.md. */
function readCodes() {
  const headings = readFileSync(join(import.meta.dirname, '../errors.md'), 'utf8').matchAll(/^### ([A-Z_]+)$/gm)
  return new Map([...headings].map(([, code]) => [code, `/docs/errors.md#${code.toLowerCase()}`]))
}

function targetOf(code, { calls, types }) {
  const [, owner, name, call] = /^(res\.|ctx\.)?(\w+)(\([\s\S]*\))?$/.exec(code) ?? []
  if (name === undefined) return undefined
  if (owner !== undefined || call !== undefined || IS_PLAIN_NAME.test(name)) {
    return calls.get(name) ?? (owner === undefined && call === undefined ? types.get(name) : undefined)
  }
  return undefined
}
