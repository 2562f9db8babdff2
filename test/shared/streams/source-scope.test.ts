import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { openPullSource } from '../../../src/shared/streams/pull-source.js'
import { inScope, needScopes, tieToSource } from '../../../src/shared/streams/source-scope.js'

describe('a scope of a source', () => {
  before(needScopes)

  /** Something that a generator waits for until it is closed. */
  const open = (closed: string[], name: string): { wait: Promise<void>; untie: () => void } => {
    let end: () => void = () => undefined
    const wait = new Promise<void>((resolve) => {
      end = resolve
    })
    const untie = tieToSource({
      close() {
        closed.push(name)
        end()
      },
    })
    return { wait, untie }
  }

  it('ends what the code of the source opened, also after it has waited, and nothing of another source', async () => {
    const closed: string[] = []
    async function* source(name: string) {
      yield 1
      await turn()
      await open(closed, name).wait
      closed.push(`${name} went on`)
    }
    const [first, second] = ['a', 'b'].map((name) => {
      const generator = source(name)
      return inScope(generator, openPullSource(generator))
    })
    for (const each of [first, second]) {
      await each?.next()
      void each?.next()
    }
    await turn()
    await turn()
    first?.close()
    await turn()
    expect(closed).to.deep.equal(['a', 'a went on'])
    second?.close()
    await turn()
    expect(closed).to.deep.equal(['a', 'a went on', 'b', 'b went on'])
  })

  it('does not end what was untied', async () => {
    const closed: string[] = []
    async function* source() {
      open(closed, 'a').untie()
      yield 1
    }
    const generator = source()
    const pull = inScope(generator, openPullSource(generator))
    await pull.next()
    pull.close()
    expect(closed).to.deep.equal([])
  })

  it('is not there for code outside of a source, and for sources that cannot wait', () => {
    const closed: string[] = []
    open(closed, 'outside').untie()
    const list = [1, 2]
    const pull = openPullSource(list)
    expect(inScope(list, pull)).to.equal(pull)
    expect(inScope('text', pull)).to.equal(pull)
  })
})
