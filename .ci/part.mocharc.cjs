// The tests that run more than once in .ci/run: on other releases of Node.js, and without the tricks of src/shared/wire.
// Those that judge time come first in .mocharc.json. They run once, alone on the machine, in `npm test`.
//
// RESPONSE_KIT_TEST_SHARE=2/3: every third file, from the second on.
const { readdirSync } = require('node:fs')
const { join } = require('node:path')
const { file: judgesOfTime } = require('../.mocharc.json')

const [share, shares] = (process.env.RESPONSE_KIT_TEST_SHARE ?? '1/1').split('/').map(Number)
const files = ['test/contract', 'test/express', 'test/koa'].flatMap((folder) =>
  readdirSync(join(__dirname, '..', folder))
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => `${folder}/${name}`),
)

module.exports = {
  require: ['./test/hooks.ts'],
  spec: files.filter((name, index) => !judgesOfTime.includes(name) && index % shares === share - 1),
  reporter: 'dot',
  timeout: 60_000,
}
