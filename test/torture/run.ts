// npm run torture -- --seconds 60 --seed 1 --only 'zip' --width 16
import { parseArgs } from 'node:util'
import { torture } from './torture.js'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    only: { type: 'string' },
    width: { type: 'string', default: '16' },
  },
})
const { only } = values
console.log(`torture: seed ${values.seed}, ${values.seconds} seconds`)
const result = await torture({
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  width: Number(values.width),
  ...(only !== undefined && { only }),
  log: (line) => console.log(line),
})
const { violations, ...figures } = result
console.log(figures)
console.log(violations.length === 0 ? 'clean' : `${violations.length} violations:\n${violations.join('\n')}`)
process.exitCode = violations.length === 0 ? 0 : 1
