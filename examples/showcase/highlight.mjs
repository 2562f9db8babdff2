const TOKEN = /('(?:[^'\\]|\\.)*')|\b(async|await|new)\b|\b(undefined|null|true|false|\d+)\b|(?<=\.)([a-zA-Z]+)(?=\()/g
const KINDS = ['string', 'keyword', 'constant', 'call']

/** The few colours a line of JavaScript needs. */
export function highlight(code, escapeHtml) {
  let html = ''
  let end = 0
  for (const match of code.matchAll(TOKEN)) {
    const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)]
    html += `${escapeHtml(code.slice(end, match.index))}<span class="${kind}">${escapeHtml(match[0])}</span>`
    end = match.index + match[0].length
  }
  return html + escapeHtml(code.slice(end))
}
