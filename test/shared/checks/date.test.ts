import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { timeOf } from '../../../src/shared/checks/date.js'
import { setCookie } from '../../../src/shared/cookies/cookies.js'
import { serializeDeprecation } from '../../../src/shared/fields/deprecation.js'
import { checkHttpDate } from '../../../src/shared/fields/http-date.js'
import { nodeExchange } from '../../support/node-exchange.js'

const imitations: [title: string, value: unknown][] = [
  ['an object with the tag of a Date', { [Symbol.toStringTag]: 'Date' }],
  ['an object with the prototype of a Date', Object.create(Date.prototype)],
  ['an object with the methods of a Date', { getTime: () => 0, getUTCFullYear: () => 2030 }],
  ['a Proxy of a Date', new Proxy(new Date(0), {})],
  ['a number', 0],
  ['text', '2030-01-01'],
  ['null', null],
]

describe('timeOf', () => {
  it('is the time of a Date, of another realm and with methods of its own too', () => {
    expect(timeOf(new Date(1500))).to.equal(1500)
    expect(timeOf(runInNewContext('new Date(1500)'))).to.equal(1500)
    expect(timeOf(Object.assign(new Date(1500), { getTime: () => 7, getUTCFullYear: undefined }))).to.equal(1500)
  })

  for (const [title, value] of imitations) {
    it(`is NaN for ${title}`, () => expect(timeOf(value)).to.be.NaN)
  }
})

describe('calls that take a Date', () => {
  const calls: Record<string, (date: any) => unknown> = {
    'setCookie: expires': (expires) => setCookie(nodeExchange(), 'a', '1', { expires }),
    'deprecation: since': (since) => serializeDeprecation({ since }),
    'deprecation: sunset': (sunset) => serializeDeprecation({ since: new Date(0), sunset }),
    'a date of a field': (date) => checkHttpDate('retryAfter: when', date, 'INVALID_FIELD'),
  }
  for (const [name, call] of Object.entries(calls)) {
    it(`${name} takes a Date whose methods lie for what it is`, () => {
      const date = Object.assign(new Date('2030-01-01'), { getUTCFullYear: null, getTime: null, toUTCString: null })
      expect(() => call(date)).not.to.throw()
    })
    for (const [title, value] of imitations) {
      if (name.startsWith('setCookie') && typeof value === 'string') continue // text is parsed
      it(`${name} refuses ${title}`, () => {
        expect(() => call(value))
          .to.throw(TypeError)
          .with.property('code')
          .that.matches(/^INVALID_/)
      })
    }
  }
})
