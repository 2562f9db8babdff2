/** So many characters in the last column, on average, are sentences and not figures. */
const SENTENCE = 20

/**
 * A table of three columns or more whose last column has sentences, or whose second one has types, does not fit on a phone. Its rows become blocks there, by
 * the class `stacked` in style.css. Each cell then has the heading of its column before it.
 */
export function stackTables(md) {
  // VitePress writes the tag by itself, without the attributes of the token.
  md.renderer.rules.table_open = (tokens, index, options, _, self) => {
    tokens[index].attrSet('tabindex', '0')
    return self.renderToken(tokens, index, options)
  }
  md.core.ruler.push('stack-tables', ({ tokens }) => {
    for (const [index, token] of tokens.entries()) {
      if (token.type === 'table_open') stack(token, tokens.slice(index, endOf(tokens, index)))
    }
  })
}

const endOf = (tokens, start) => tokens.findIndex(({ type }, index) => index > start && type === 'table_close')

function stack(table, tokens) {
  const headings = []
  const rows = []
  for (const [index, { type }] of tokens.entries()) {
    const text = tokens[index + 1]?.content ?? ''
    if (type === 'th_open') headings.push(text)
    if (type === 'tr_open') rows.push([])
    if (type === 'td_open') rows.at(-1).push({ cell: tokens[index], text })
  }
  const body = rows.filter((row) => row.length === headings.length)
  const length = body.reduce((sum, row) => sum + row.at(-1).text.length, 0) / body.length
  if (headings.length < 3 || !(headings[1] === 'Type' || length >= SENTENCE)) return
  table.attrJoin('class', 'stacked')
  for (const { cell, heading } of body.flatMap((row) =>
    row.map(({ cell }, index) => ({ cell, heading: headings[index] })),
  )) {
    if (heading !== '') cell.attrSet('data-heading', heading.replaceAll('`', ''))
  }
}
