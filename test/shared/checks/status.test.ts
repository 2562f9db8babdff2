import { expect } from 'chai'
import { checkStatus, statusOfError } from '../../../src/shared/checks/status.js'

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

describe('statusOfError', () => {
  for (const [members, status] of [
    [{}, 500],
    [{ status: 404 }, 404],
    [{ statusCode: 503 }, 503],
    [{ status: 200, statusCode: 422 }, 422],
    [{ status: 399 }, 500],
    [{ status: 600 }, 500],
    [{ status: '404' }, 500],
    [{ status: 404.5 }, 500],
  ] as const) {
    it(`${JSON.stringify(members)} is ${status}`, () => {
      expect(statusOfError(Object.assign(new Error('the text'), members))).to.equal(status)
    })
  }
})
