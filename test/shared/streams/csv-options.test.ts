import { inspect } from 'node:util'
import { expect } from 'chai'
import { type CsvOptions, readCsvOptions } from '../../../src/shared/streams/csv-options.js'

describe('readCsvOptions()', () => {
  it('completes the options', () => {
    expect(readCsvOptions()).to.deep.equal({
      columns: undefined,
      hasHeader: undefined,
      delimiter: ',',
      bom: '',
      filename: undefined,
      isGuarded: true,
    })
    expect(readCsvOptions({ columns: { a: 'A' } }).columns).to.deep.equal([{ key: 'a', header: 'A' }])
  })

  for (const options of [
    { columns: [] },
    { columns: {} },
    { columns: 'id' },
    { columns: [null] },
    { columns: [['a']] },
    { columns: [{ header: 'A' }] },
    { columns: [{ key: 'a', headr: 'A' }] },
    { columns: [{ key: 'a', header: 1 }] },
    { columns: { a: 1 } },
    { columns: null },
    { header: 'yes' },
    { delimiter: '' },
    { delimiter: ',,' },
    { delimiter: '"' },
    { delimiter: '\n' },
    { delimiter: '\r' },
    { delimiter: 1 },
    { delimiter: null },
    { bom: 1 },
    { guard: 'no' },
    { filename: '' },
    { filename: 7 },
    { filename: { name: 'a' } },
    { filname: 'a' },
  ]) {
    it(`refuses ${inspect(options)} by an error that names the call`, () => {
      expect(() => readCsvOptions(options as CsvOptions))
        .to.throw(/^csv/)
        .with.property('code', 'INVALID_OPTION')
    })
  }
})
