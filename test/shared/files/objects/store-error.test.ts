import { expect } from 'chai'
import { ResponseKitError } from '../../../../src/shared/checks/errors.js'
import { mayOpenAgain, replacedError, storeError } from '../../../../src/shared/files/objects/store-error.js'

const ofAws = (httpStatusCode: number | undefined, name = 'UnknownError', headers = {}) =>
  Object.assign(new Error('secret'), { name, $metadata: { httpStatusCode }, $response: { headers } })
const ofAzure = (statusCode: number | undefined, code = '', headers = new Headers()) =>
  Object.assign(new Error('secret'), { name: 'RestError', code, statusCode, response: { headers } })

describe('storeError', () => {
  for (const [title, reason, code, status, retryAfter] of [
    ['AWS: no such key', ofAws(404, 'NoSuchKey'), 'ENOENT', 404],
    ['AWS: HEAD of a missing key', ofAws(404, 'NotFound'), 'ENOENT', 404],
    ['AWS: a name alone', ofAws(undefined, 'NoSuchBucket'), 'ENOENT', 404],
    ['AWS: denied', ofAws(403, 'AccessDenied'), 'EACCES', 403],
    ['AWS: slow down', ofAws(503, 'SlowDown', { 'retry-after': '30' }), 'STORE_BUSY', 503, '30'],
    ['AWS: throttled, with another status', ofAws(400, 'ThrottlingException'), 'STORE_BUSY', 503, '1'],
    ['AWS: a long time', ofAws(503, 'SlowDown', { 'retry-after': '99999' }), 'STORE_BUSY', 503, '3600'],
    [
      'AWS: a time that is a date',
      ofAws(503, 'SlowDown', { 'retry-after': 'Sat, 02 Jan 2021 03:04:05 GMT' }),
      'STORE_BUSY',
      503,
      '1',
    ],
    ['AWS: replaced', ofAws(412, 'PreconditionFailed'), 'SOURCE_CHANGED', 503, '1'],
    ['AWS: shorter than it was', ofAws(416, 'InvalidRange'), 'SOURCE_CHANGED', 503, '1'],
    ['AWS: another region', ofAws(301, 'PermanentRedirect'), 'SOURCE_FAILED', 502],
    ['Azure: no such blob', ofAzure(404, 'BlobNotFound'), 'ENOENT', 404],
    ['Azure: no such container', ofAzure(404, 'ContainerNotFound'), 'ENOENT', 404],
    ['Azure: denied', ofAzure(403, 'AuthorizationFailure'), 'EACCES', 403],
    ['Azure: no credentials', ofAzure(401, 'NoAuthenticationInformation'), 'EACCES', 403],
    ['Azure: busy', ofAzure(503, 'ServerBusy', new Headers({ 'Retry-After': '9' })), 'STORE_BUSY', 503, '9'],
    ['Azure: slow, with another status', ofAzure(500, 'OperationTimedOut'), 'STORE_BUSY', 503, '1'],
    ['Azure: replaced', ofAzure(412, 'ConditionNotMet'), 'SOURCE_CHANGED', 503, '1'],
    ['Azure: not there', ofAzure(undefined, 'ECONNREFUSED'), 'SOURCE_FAILED', 502],
    [
      'an error of the process',
      Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'open' }),
      'SOURCE_FAILED',
      502,
    ],
    ['text', 'secret', 'SOURCE_FAILED', 502],
    ['nothing', undefined, 'SOURCE_FAILED', 502],
    [
      'a Proxy that throws',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('trap')
          },
        },
      ),
      'SOURCE_FAILED',
      502,
    ],
    [
      'headers that throw',
      {
        statusCode: 503,
        response: {
          headers: {
            get: () => {
              throw new Error('x')
            },
          },
        },
      },
      'SOURCE_FAILED',
      502,
    ],
  ] as const) {
    it(`${title}: ${code}, ${status}`, () => {
      const error = storeError(reason)
      expect(error).to.be.instanceOf(ResponseKitError)
      expect(error).to.include({ code, status, expose: status < 500 })
      expect(error.message).not.to.include('secret')
      expect((error as ResponseKitError).headers?.['Retry-After']).to.equal(retryAfter)
    })
  }

  it('leaves an error of the kit as it is', () => {
    const error = new ResponseKitError('MISSING_DEPENDENCY', 'x')
    expect(storeError(error)).to.equal(error)
  })

  it('keeps the failure itself as the cause', () => {
    const cause = ofAws(403)
    expect(storeError(cause).cause).to.equal(cause)
  })
})

describe('mayOpenAgain', () => {
  it('is true twice for an object that was replaced, and never for another failure', () => {
    expect([1, 2, 3].map((attempt) => mayOpenAgain(replacedError(), attempt))).to.deep.equal([true, true, false])
    expect(mayOpenAgain(storeError(ofAws(404)), 1)).to.equal(false)
    expect(mayOpenAgain(Object.assign(new Error('x'), { code: 'SOURCE_CHANGED' }), 1)).to.equal(false)
  })
})
