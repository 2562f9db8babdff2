import { expect } from 'chai'
import { checkStatus } from '../../../src/shared/checks/status.js'

describe('checkStatus (RFC 9110 §15)', () => {
  for (const status of [200, 204, 304, 404, 599, 600, 999]) {
    it(`${status} is the status of a final answer`, () => expect(() => checkStatus('x', status)).not.to.throw())
  }
  for (const status of [100, 103, 199]) {
    it(`${status} is no final status, and the error names earlyHints`, () => {
      expect(() => checkStatus('empty: status', status))
        .to.throw(RangeError, /^empty: status must be an integer from 200 to 999 .*earlyHints.*, got 1/)
        .with.property('code', 'INVALID_ARGUMENT')
    })
  }
  for (const status of [0, 99, 1000, -200, 200.5, Number.NaN, '200', null, undefined, [200]]) {
    it(`${JSON.stringify(status)} is no status`, () => {
      expect(() => checkStatus("template: option 'status'", status))
        .to.throw(RangeError, /^template: option 'status' must be an integer from 200 to 999, got /)
        .with.property('code', 'INVALID_OPTION')
    })
  }
})
