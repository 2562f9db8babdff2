import { expect } from 'chai'
import { appendField, linesOf, setField, writeField } from '../../../src/shared/exchange/write-field.js'
import { nodeExchange } from '../../support/node-exchange.js'

describe('writing a field', () => {
  it('adds Set-Cookie and Vary to what is there, and replaces any other field', () => {
    const { res } = nodeExchange().facts
    for (const [name, value] of [
      ['Set-Cookie', 'a=1'],
      ['set-cookie', ['b=2', 'c=3']],
      ['Vary', 'Accept'],
      ['vary', 'Origin'],
      ['X-A', 'a'],
      ['x-a', ['b', 'c']],
    ] as const) {
      writeField(res, name, value)
    }
    expect({ ...res.getHeaders() }).to.deep.equal({
      'set-cookie': ['a=1', 'b=2', 'c=3'],
      vary: 'Accept, Origin',
      'x-a': ['b', 'c'],
    })
  })

  it('adds to a field of one line, of several and of none, and to a number', () => {
    const { res } = nodeExchange().facts
    res.setHeader('X-N', 5)
    appendField(res, 'X-N', 'six')
    appendField(res, 'X-A', 'a')
    appendField(res, 'X-A', ['b', 'c'])
    appendField(res, 'X-A', 'd')
    expect({ ...res.getHeaders() }).to.deep.equal({ 'x-n': ['5', 'six'], 'x-a': ['a', 'b', 'c', 'd'] })
  })

  it('leaves the lists of the caller as they are', () => {
    const { res } = nodeExchange().facts
    const staged = Object.freeze(['a=1'])
    const given = Object.freeze(['b=2'])
    res.setHeader('Set-Cookie', staged)
    appendField(res, 'Set-Cookie', given)
    expect(res.getHeader('Set-Cookie')).to.deep.equal(['a=1', 'b=2'])
    setField(res, 'X-A', given)
    res.appendHeader('X-A', 'c') // Node adds to the list that it holds
    expect([staged, given]).to.deep.equal([['a=1'], ['b=2']])
  })

  it('does not run an iterator of the caller', () => {
    const list = Object.assign(['a'], {
      [Symbol.iterator]: () => {
        throw new Error('it runs')
      },
    })
    expect(linesOf(list)).to.deep.equal(['a'])
  })
})
