import { expect } from 'chai'
import { BoundedMemo } from '../../../src/shared/checks/bounded-memo.js'

describe('BoundedMemo', () => {
  const held = <Value extends {}>(memo: BoundedMemo<string, Value>, keys: readonly string[]) =>
    keys.filter((key) => memo.get(key) !== undefined).length

  it('gives back what it was given, and undefined for the rest', () => {
    const memo = new BoundedMemo<string | number, string>({ maxEntries: 10 })
    memo.set('a', 'one')
    memo.set(7, 'seven')
    memo.set('a', 'two')
    expect([memo.get('a'), memo.get(7), memo.get('b')]).to.deep.equal(['two', 'seven', undefined])
  })

  it('holds at most as many entries as it may', () => {
    const memo = new BoundedMemo<string, string>({ maxEntries: 100 })
    const keys = Array.from({ length: 1000 }, (_, index) => `key ${index}`)
    for (const key of keys) memo.set(key, key)
    expect(held(memo, keys)).to.be.within(50, 100)
  })

  it('keeps an entry that is in use, however many others come', () => {
    const memo = new BoundedMemo<string, number>({ maxEntries: 100 })
    memo.set('used', 1)
    for (let index = 0; index < 10_000; index++) {
      memo.set(`other ${index}`, index)
      expect(memo.get('used')).to.equal(1)
    }
  })

  it('holds at most as many bytes as it may: 1 MiB if nothing else is said', () => {
    const memo = new BoundedMemo<string, string>({ maxEntries: 1000 })
    const keys = Array.from({ length: 1000 }, (_, index) => `${index} ${'k'.repeat(10_000)}`)
    for (const key of keys) memo.set(key, 'v'.repeat(10_000))
    expect(held(memo, keys)).to.be.within(1, (1024 * 1024) / 40_000)
  })

  it('does not remember an entry that alone is over the limit, and keeps the others', () => {
    const memo = new BoundedMemo<string, string>({ maxEntries: 10, maxBytes: 10_000 })
    memo.set('small', 'v')
    memo.set('large', 'v'.repeat(10_000))
    memo.set('k'.repeat(10_000), 'v')
    expect([memo.get('small'), memo.get('large'), memo.get('k'.repeat(10_000))]).to.deep.equal([
      'v',
      undefined,
      undefined,
    ])
  })

  it('counts what the caller says a value costs', () => {
    const memo = new BoundedMemo<string, object>({ maxEntries: 1000, maxBytes: 10_000, bytesOf: () => 1000 })
    const keys = Array.from({ length: 100 }, (_, index) => `${index}`)
    for (const key of keys) memo.set(key, {})
    expect(held(memo, keys)).to.be.within(1, 10)
  })

  it('counts the bytes of a value that takes the place of a smaller one', () => {
    const memo = new BoundedMemo<string, string>({ maxEntries: 1000, maxBytes: 100_000 })
    const keys = Array.from({ length: 100 }, (_, index) => `${index}`)
    for (const key of keys) memo.set(key, '')
    for (const key of keys) memo.set(key, 'v'.repeat(10_000))
    expect(keys.filter((key) => (memo.get(key)?.length ?? 0) > 0).length).to.be.within(1, 5)
  })

  it('takes an entry set again and again as one', () => {
    const memo = new BoundedMemo<string, string>({ maxEntries: 10, maxBytes: 10_000 })
    memo.set('first', 'v')
    for (let round = 0; round < 1000; round++) memo.set('second', 'v'.repeat(100))
    expect(memo.get('first')).to.equal('v')
  })

  it('finds keys of any characters again, lone surrogates included', () => {
    const memo = new BoundedMemo<string, string>({ maxEntries: 10 })
    for (const key of ['a'.repeat(20), '\ud800'.repeat(20), 'Ünïcödé – 漢字 – 🎉 – and more', '\0'.repeat(20)]) {
      memo.set(key, 'v')
      expect(memo.get(key)).to.equal('v')
    }
  })

  it('does not keep the long text in memory that a key is a part of', () => {
    const memo = new BoundedMemo<string, string>({ maxEntries: 1000 })
    const before = process.memoryUsage().heapUsed
    for (let index = 0; index < 200; index++) {
      const long = `${index}`.padEnd(20, '.') + 'x'.repeat(1024 * 1024)
      memo.set(long.slice(0, 20), 'v')
    }
    expect(process.memoryUsage().heapUsed - before).to.be.below(100 * 1024 * 1024)
  })
})
