import { expect } from 'chai'
import { completeProblem } from '../../../src/shared/bodies/problem.js'

describe('completeProblem()', () => {
  it('has the members in the order of RFC 9457 §3.1, extensions last, undefined ones left out', () => {
    const details = { balance: 30, instance: '/a', detail: 'd', status: 403, title: 't', type: '/t', gone: undefined }
    expect(Object.entries(completeProblem(details))).to.deep.equal([
      ['type', '/t'],
      ['title', 't'],
      ['status', 403],
      ['detail', 'd'],
      ['instance', '/a'],
      ['balance', 30],
    ])
  })

  it('takes the reason phrase as title for about:blank alone (RFC 9457 §4.2.1)', () => {
    expect(completeProblem({ status: 404 }).title).to.equal('Not Found')
    expect(completeProblem({ status: 404, type: 'about:blank' }).title).to.equal('Not Found')
    expect(completeProblem({ status: 404, type: '/own' })).not.to.have.property('title')
    expect(completeProblem({ status: 499 })).not.to.have.property('title')
  })

  for (const details of [
    undefined,
    null,
    'a',
    [],
    {},
    { status: 399 },
    { status: 600 },
    { status: '404' },
    { status: 404, detail: 1 },
  ]) {
    it(`refuses ${JSON.stringify(details)}`, () => {
      expect(() => completeProblem(details as any))
        .to.throw(/^problem: /)
        .with.property('code', 'INVALID_ARGUMENT')
    })
  }
})
