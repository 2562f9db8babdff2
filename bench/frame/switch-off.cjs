// Loaded before a server by `node --require`: turns one trick of src/shared/wire off.
const { join } = require('node:path')

const { switches } = require(join(__dirname, '../../dist/cjs/switches.js'))
const name = process.env.BENCH_SWITCH_OFF
if (!(name in switches)) throw new Error(`no switch '${name}': there are ${Object.keys(switches).join(', ')}`)
switches[name] = false
