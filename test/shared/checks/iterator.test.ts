import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { isIterator, isIteratorResult, itemsInMemory, itemsOf } from '../../../src/shared/checks/iterator.js'
import { thrown } from '../../support/thrown.js'

/** An iterable of the given iterator, whatever it is. */
const iterableOf = (iterator: unknown): Iterable<unknown> => ({
  [Symbol.iterator]: () => iterator as Iterator<unknown>,
})

describe('itemsOf', () => {
  it('gives the items of every iterable in their order', () => {
    const generator = function* (): Generator<number> {
      yield 1
      yield 2
    }
    for (const iterable of [[1, 2], new Set([1, 2]), generator(), iterableOf([1, 2].values())]) {
      expect([...itemsOf('call: list', iterable)]).to.deep.equal([1, 2])
    }
    const pairs = [...itemsOf('call: list', new Map([['a', 1]]))]
    expect(pairs).to.deep.equal([['a', 1]])
  })

  for (const [title, iterator] of [
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['an object without next', {}],
    ['an object whose next is no function', { next: 5 }],
  ] as const) {
    it(`names the call if the iterator is ${title} (ECMA-262 §27.1.1)`, () => {
      const error = thrown(() => [...itemsOf('call: list', iterableOf(iterator))])
      expect(error).to.be.instanceOf(TypeError).and.include({ code: 'INVALID_ARGUMENT' })
      expect((error as Error).message).to.match(/^call: list: its iterator must be an object with next\(\), got /)
    })
  }

  for (const [title, result] of [
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['a symbol', Symbol('odd')],
  ] as const) {
    it(`names the call if the iterator gives ${title}`, () => {
      const error = thrown(() => [...itemsOf('call: list', iterableOf({ next: () => result }))])
      expect(error).to.be.instanceOf(TypeError).and.include({ code: 'INVALID_ARGUMENT' })
      expect((error as Error).message).to.match(/^call: list: what its iterator gave must be an object, got /)
    })
  }

  it('closes an iterator that is left early, and no other', () => {
    const told: string[] = []
    const make = (next: () => unknown) =>
      iterableOf({
        next,
        return: () => {
          told.push('return')
          return {}
        },
      })
    for (const _ of itemsOf(
      'call',
      make(() => ({ value: 1 })),
    ))
      break
    expect(told).to.deep.equal(['return'])
    expect([
      ...itemsOf(
        'call',
        make(() => ({ done: true })),
      ),
    ]).to.deep.equal([])
    const fail = (): never => {
      throw new RangeError('its own')
    }
    expect(thrown(() => [...itemsOf('call', make(fail))])).to.be.instanceOf(RangeError)
    expect(told).to.deep.equal(['return'])
  })

  it('leaves an iterator early that has no way to be closed', () => {
    for (const close of [undefined, 5]) {
      for (const _ of itemsOf('call', iterableOf({ next: () => ({ value: 1 }), return: close }))) break
    }
  })
})

describe('isIterator and isIteratorResult', () => {
  it('take objects that follow the protocol, and functions as results', () => {
    expect([[].values(), { next: () => 1 }].map(isIterator)).to.deep.equal([true, true])
    expect([{}, [], () => 1].map(isIteratorResult)).to.deep.equal([true, true, true])
    for (const value of [undefined, null, 1, 'next', Symbol('next')]) {
      expect([isIterator(value), isIteratorResult(value)]).to.deep.equal([false, false])
    }
  })
})

describe('itemsInMemory', () => {
  it('gives the items of an array and of a Set, also of another realm, whatever their iterators are', () => {
    const broken = { [Symbol.iterator]: () => ({}) }
    for (const list of [
      [1, 2],
      new Set([1, 2]),
      runInNewContext('[1, 2]'),
      runInNewContext('new Set([1, 2])'),
      Object.assign([1, 2], broken),
      Object.assign(new Set([1, 2]), broken),
    ]) {
      expect([...(itemsInMemory(list) ?? [])]).to.deep.equal([1, 2])
    }
  })

  it('gives nothing of what reading may use up, or cannot be looked through', () => {
    for (const value of [[].values(), new Map(), 'text', Buffer.from('x'), {}, null, Object.create(Set.prototype)]) {
      expect(itemsInMemory(value)).to.equal(undefined)
    }
  })
})
