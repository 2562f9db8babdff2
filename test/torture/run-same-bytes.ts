// npm run same-bytes -- --seed 1 --programs 10000
import { parseArgs } from 'node:util'
import { compareAnswers } from './same-bytes.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    programs: { type: 'string', default: '10000' },
  },
})
const { seed, programs } = values
console.log(`same bytes: seed ${seed}, ${programs} programs`)
const { differences, statuses } = await compareAnswers({ seed: Number(seed), programs: Number(programs) })
console.log(statuses)
console.log(
  differences.length === 0 ? 'no difference' : `${differences.join('\n\n')}\n${differences.length} differences`,
)
process.exitCode = differences.length === 0 ? 0 : 1
