import { expect } from 'chai'
import fc from 'fast-check'
import { Reply } from '../../../src/index.js'

describe('reply.headers behaves as a record whose names have no letter case', () => {
  const name = fc.constantFrom('X-A', 'x-a', 'X-B', 'x-b', 'ETag', 'etag', 'toString', '__proto__')
  const step = fc.record({ act: fc.constantFrom('set', 'delete'), name, value: fc.constantFrom('1', '2', '') })

  it('after any sequence of assignments and deletions', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { headers } = new Reply()
        const model = new Map<string, [name: string, value: string]>()
        for (const { act, name, value } of steps) {
          if (act === 'set') {
            headers[name] = value
            model.set(name.toLowerCase(), [name, value])
          } else {
            delete headers[name]
            model.delete(name.toLowerCase())
          }
        }
        expect(Object.entries(headers)).to.have.deep.members([...model.values()])
        for (const each of ['X-A', 'x-b', 'ETAG', 'tostring', '__proto__', 'X-None']) {
          const expected = model.get(each.toLowerCase())?.[1]
          expect(headers[each]).to.equal(expected)
          expect(each in headers).to.equal(expected !== undefined)
        }
      }),
    )
  })
})
