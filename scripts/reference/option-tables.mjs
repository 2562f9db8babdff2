/** `<!-- options: FileOptions -->`, or `koa.VerifySignedUrlOptions` for that of a page, and `<!-- /options -->`, each alone in its line, with the table between them. */
const MARKED = /^<!-- options: ([\w.]+) -->\n[\s\S]*?^<!-- \/options -->$/gm

/** Writes the tables of options that a guide has the marks of. */
export function fillTables(guide, { options }) {
  return guide.replaceAll(MARKED, (_, name) => {
    const rows = options[name]
    if (rows === undefined) throw new Error(`there are no options of the name ${name}`)
    return `<!-- options: ${name} -->\n${tableOf(rows)}\n<!-- /options -->`
  })
}

function tableOf(rows) {
  const lines = rows.map(({ name, type, isOptional, text, default: byDefault }) => {
    return [`\`${name}\``, `\`${type}\``, isOptional ? byDefault : 'required', text]
  })
  return [['Option', 'Type', 'Default', 'Meaning'], ['---', '---', '---', '---'], ...lines]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
}
