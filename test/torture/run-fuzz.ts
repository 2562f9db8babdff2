// npm run fuzz -- --seed 1 --only 'method text' --everywhere --seconds 60
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '600' },
    everywhere: { type: 'boolean', default: false },
  },
})
const { seed, only, everywhere, seconds } = values
const { trials, faults } = await fuzz({
  seed: Number(seed),
  only,
  everywhere,
  seconds: Number(seconds),
  log: (line) => console.log(line),
})
console.log(`${trials} trials, ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
