import { html } from 'response-kit'

const TOKEN = /('(?:[^'\\]|\\.)*')|\b(async|await|new)\b|\b(undefined|null|true|false|\d+)\b|(?<=\.)([a-zA-Z]+)(?=\()/g
const KINDS = ['string', 'keyword', 'constant', 'call']

/** The few colours a line of JavaScript needs. */
export function highlight(code) {
  const parts = []
  let end = 0
  for (const match of code.matchAll(TOKEN)) {
    const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)]
    parts.push(code.slice(end, match.index), html`<span class="${kind}">${match[0]}</span>`)
    end = match.index + match[0].length
  }
  return [...parts, code.slice(end)]
}
