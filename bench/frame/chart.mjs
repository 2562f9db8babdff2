import { ratios } from './statistics.mjs'

const WIDTH = 860
const LABEL = 250
const BAR = 15
const GAP = 26

/** Horizontal bars, a group a case: requests a second as a ratio to the first contender of the case. */
export function drawChart(results, { node, cpu, cores }) {
  const groups = Object.values(results).filter(({ rows }) => rows[0]?.name === 'node:http')
  const values = groups.flatMap(({ rows }) => rows.map((row) => ratioOf(row, rows[0])))
  const scale = (WIDTH - LABEL - 60) / Math.max(1, ...values)
  const parts = []
  let y = 40
  for (const { title, rows } of groups) {
    parts.push(`<text x="0" y="${y}" class="title">${escapeXml(title)}</text>`)
    y += 8
    for (const row of rows) {
      const ratio = ratioOf(row, rows[0])
      const kind = row.name.includes('kit') ? 'kit' : row.name.includes('createServer') ? 'fast' : 'own'
      parts.push(
        `<text x="${LABEL - 8}" y="${y + BAR - 4}" class="name">${escapeXml(row.name)}</text>`,
        `<rect x="${LABEL}" y="${y}" width="${(ratio * scale).toFixed(1)}" height="${BAR - 3}" class="${kind}"/>`,
        `<text x="${(LABEL + ratio * scale + 5).toFixed(1)}" y="${y + BAR - 4}">${ratio.toFixed(2)}</text>`,
      )
      y += BAR
    }
    y += GAP
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" font-size="11">
<style>
  text { fill: #333 } .name { text-anchor: end } .title { font-size: 14px; font-weight: 600 }
  .own { fill: #9aa5b1 } .fast { fill: #5b8def } .kit { fill: #2a9d5c }
  @media (prefers-color-scheme: dark) { text { fill: #ddd } }
</style>
<text x="0" y="14">Requests a second as a ratio to node:http alone. Node ${escapeXml(node)}, ${escapeXml(String(cpu))}, ${cores} cores.</text>
${parts.join('\n')}
</svg>
`
}

function ratioOf(row, reference) {
  return ratios(row.perSecond.rounds, reference.perSecond.rounds).median
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
