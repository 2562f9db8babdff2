import { expect } from 'chai'
import { problem, redirect } from '../../src/index.js'
import { assertResponse, responseKitMatchers } from '../../src/testing/index.js'
import { thrown } from '../support/thrown.js'

describe('assertResponse', () => {
  it('throws an AssertionError that holds both values, and names what came', async () => {
    const response = await redirect('/a').toWebResponse()
    const error: any = thrown(() => assertResponse.redirectTo(response, '/b'))
    expect(error).to.include({ code: 'ERR_ASSERTION', expected: '/b', actual: '/a' })
    expect(error.message).to.equal("expected the response to redirect to '/b', got 302 to '/a'")
    expect(error.stack).to.match(/tested-response\.test/)
    expect(thrown(() => assertResponse.not.redirectTo(response, '/a'))).to.include({
      message: "expected the response not to redirect to '/a'",
    })
  })

  it('reads the body of a response of fetch, and leaves it to the test', async () => {
    const response = await problem({ status: 404 }).toWebResponse()
    await assertResponse.problem(response, 404)
    expect(await response.json()).to.include({ status: 404 })
    const late = await Promise.resolve(assertResponse.problem(response, 404)).catch((reason) => reason)
    expect(late.message).to.include('the body of the response has been read')
  })

  for (const value of [
    undefined,
    null,
    'x',
    404,
    {},
    { status: 200 },
    { headers: {} },
    { status: '200', headers: {} },
    { status: 200, headers: null },
  ]) {
    it(`${JSON.stringify(value)} is no response`, () => {
      expect(() => assertResponse.redirectTo(value, '/')).to.throw(
        TypeError,
        'expected a response of supertest, fetch or inject',
      )
    })
  }
})

describe('responseKitMatchers', () => {
  it('say what came, and with not what must not come', async () => {
    const response = await redirect('/a').toWebResponse()
    const [wrong, right] = [
      responseKitMatchers.toRedirectTo(response, '/b'),
      responseKitMatchers.toRedirectTo(response, '/a'),
    ] as any[]
    expect(wrong).to.include({ pass: false, expected: '/b', actual: '/a' })
    expect(wrong.message()).to.equal("expected the response to redirect to '/b', got 302 to '/a'")
    expect(right.pass).to.equal(true)
    expect(right.message()).to.equal("expected the response not to redirect to '/a'")
  })
})
