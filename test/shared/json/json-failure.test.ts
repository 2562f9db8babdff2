import { expect } from 'chai'
import { describeJsonFailure } from '../../../src/shared/json/json-failure.js'

/** The failure of JSON.stringify itself. */
function failureOf(value: unknown): unknown {
  try {
    JSON.stringify(value)
  } catch (error) {
    return error
  }
  throw new Error('it can be written')
}

const circle: Record<string, unknown> = { a: { b: [1] } }
circle.a = { b: [1, circle] }

/** An entity without its password, as an app sends it: each call of `toJSON` gives a new object. */
class User {
  password = 'x'
  toJSON(): object {
    const { password, ...rest } = this
    return rest
  }
}

describe('describeJsonFailure', () => {
  it('ends for entities that lead to one another, and whose toJSON gives new objects', () => {
    const [a, b, c] = [new User(), new User(), new User()]
    Object.assign(a, { mother: b, father: c })
    Object.assign(b, { child: a, other: c })
    Object.assign(c, { child: a, other: b })
    expect(describeJsonFailure(a, failureOf(a))).to.equal('value cannot be written as JSON: it is nested too deep')
    // As a schema fails that leaves the relations out.
    expect(describeJsonFailure({ a }, new Error('"email" is required!'))).to.equal(
      'value cannot be written as JSON: "email" is required!',
    )
  })

  for (const [what, value, expected] of [
    ['a BigInt alone', 1n, 'a BigInt at value'],
    ['a BigInt within', { a: [{ b: 1n }] }, 'a BigInt at value.a[0].b'],
    ['a circle', circle, 'a circle at value.a.b[1]'],
    [
      'a failing toJSON',
      {
        a: {
          toJSON: () => {
            throw new Error('no')
          },
        },
      },
      'toJSON() at value.a failed: no',
    ],
    ['a toJSON that gives a BigInt', { a: { toJSON: () => 5n } }, 'a BigInt at value.a'],
    [
      'a toJSON that throws a text',
      {
        toJSON: () => {
          throw 'no'
        },
      },
      "toJSON() at value failed: 'no'",
    ],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('the getter fails')
        },
      },
      'the getter fails',
    ],
  ] as const) {
    it(`names ${what}`, () => {
      expect(describeJsonFailure(value, failureOf(value))).to.equal(`value cannot be written as JSON: ${expected}`)
    })
  }

  it('looks once through an object that is at many places', () => {
    let value: object = { a: 1 }
    for (let level = 0; level < 60; level++) value = { one: value, two: value } // 2^60 places
    expect(describeJsonFailure(value, new Error('no'))).to.equal('value cannot be written as JSON: no')
  })

  it('takes one object at two places for no circle', () => {
    const shared = { a: 1 }
    const value = { one: shared, two: [shared], bad: 1n }
    expect(describeJsonFailure(value, failureOf(value))).to.match(/a BigInt at value\.bad$/)
  })

  it('cuts a path with long names, and stays one line', () => {
    const value = { ['k'.repeat(10_000)]: { b: 1n } }
    const message = describeJsonFailure(value, failureOf(value))
    expect(message)
      .to.have.length.below(300)
      .and.match(/\.\.\.$/)
    expect(describeJsonFailure({}, new Error('first\nsecond'))).to.match(/: first$/)
  })
})
