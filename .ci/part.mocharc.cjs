// The tests that run more than once in .ci/run: on other releases of Node.js, and without the tricks of src/shared/wire.
// Those that judge time come first in .mocharc.json. They run once, alone on the machine, in `npm test`.
const { file } = require('../.mocharc.json')

module.exports = {
  require: ['./test/hooks.ts'],
  spec: ['test/contract/**/*.test.ts', 'test/express/*.test.ts', 'test/koa/*.test.ts'],
  ignore: file,
  reporter: 'dot',
  timeout: 60_000,
}
