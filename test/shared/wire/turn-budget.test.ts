import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { isTurnUsedUp, nextTurn } from '../../../src/shared/wire/turn-budget.js'

function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('the turn budget', () => {
  beforeEach(async () => {
    await turn()
    await turn()
  })

  it('is used up after some milliseconds of one turn, by whatever took them', () => {
    expect(isTurnUsedUp()).to.equal(false)
    expect(isTurnUsedUp()).to.equal(false)
    work(12)
    expect(isTurnUsedUp()).to.equal(true)
  })

  it('is new in the next turn', async () => {
    expect(isTurnUsedUp()).to.equal(false)
    work(12)
    await turn()
    await turn()
    expect(isTurnUsedUp()).to.equal(false)
  })

  it('gives every waiting source a turn of its own, in the order of their asking', async () => {
    const turns: [name: string, turn: number][] = []
    let count = 0
    let timer = setImmediate(function next() {
      count++
      timer = setImmediate(next)
    })
    await Promise.all(['a', 'b', 'c'].map((name) => nextTurn().then(() => turns.push([name, count]))))
    clearImmediate(timer)
    expect(turns.map(([name]) => name)).to.deep.equal(['a', 'b', 'c'])
    expect(new Set(turns.map(([, when]) => when)).size).to.equal(3)
  })
})
