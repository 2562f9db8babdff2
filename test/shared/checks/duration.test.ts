import { expect } from 'chai'
import fc from 'fast-check'
import ms from 'ms'
import { durationMs, durationSeconds, fileMaxAgeSeconds } from '../../../src/shared/checks/duration.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('durations', () => {
  for (const [duration, expected] of [
    [0, 0],
    [1.5, 1500],
    [-1, -1000],
    ['100ms', 100],
    ['15s', 15 * SECOND],
    ['30m', 30 * MINUTE],
    ['1.5h', 90 * MINUTE],
    ['7d', 7 * DAY],
    ['2w', 14 * DAY],
    ['2 weeks', 14 * DAY],
    ['1y', 365.25 * DAY],
    ['1   HOUR', HOUR],
    ['53 Milliseconds', 53],
    ['10 mins', 10 * MINUTE],
    ['.5s', 500],
    ['-3 days', -3 * DAY],
  ] as const) {
    it(`${JSON.stringify(duration)} is ${expected} ms`, () => {
      expect(durationMs(duration, 'x')).to.equal(expected)
    })
  }

  it('a string with a unit is what the package ms makes of it', () => {
    const units =
      'ms msec msecs millisecond milliseconds s sec secs second seconds m min mins minute minutes h hr hrs hour hours d day days w week weeks y yr yrs year years'
    const unit = fc.constantFrom(...units.split(' ').flatMap((each) => [each, each.toUpperCase()]))
    const amount = fc.tuple(fc.constantFrom('', '-'), fc.nat({ max: 10_000 }), fc.constantFrom('', '.5', '.25'))
    fc.assert(
      fc.property(amount, fc.constantFrom('', ' ', '   '), unit, (parts, space, name) => {
        const text = parts.join('') + space + name
        expect(durationMs(text, 'x')).to.equal(ms(text as ms.StringValue))
      }),
    )
  })

  const WRONG: readonly unknown[] = [
    '60', '-5', '1.5', '', ' ', 's', ' 1s', '1s ', '1\ts', '1 s s', '1 fortnight', '1e3s', 'Infinitys', '1,5h', `${'1'.repeat(200)}s`,
    Number.NaN, Number.POSITIVE_INFINITY, 1e308, 1e21, -1e21, '99999999999999999y', '-99999999999999999y', 5e12, null, undefined, {}, [], ['1s'], true, 5n,
  ] // biome-ignore format: a list
  for (const wrong of WRONG) {
    it(`${typeof wrong === 'string' ? JSON.stringify(wrong.slice(0, 20)) : String(wrong)} is an error that names the option`, () => {
      expect(() => durationMs(wrong as string, "sse: option 'retry'"))
        .to.throw(Error, /^sse: option 'retry' must be a .*, got /)
        .with.property('code', 'INVALID_OPTION')
    })
  }
})

describe('durations in whole seconds', () => {
  for (const [duration, expected] of [
    ['1500ms', 1],
    ['1999ms', 1],
    ['2s', 2],
    ['1ms', 1],
    [0.5, 1],
    [0, 0],
    ['0s', 0],
    [-0.5, 0],
    [-1.5, -1],
  ] as const) {
    it(`${JSON.stringify(duration)} is ${expected}: rounded down, but never to 0 from above 0`, () => {
      expect(durationSeconds(duration, 'x')).to.equal(expected)
    })
  }
})

describe('maxAge of file and download', () => {
  for (const [value, expected] of [
    [4000, 4],
    ['4000', 4], // as in Express
    [1999, 1],
    [-1, 0],
    ['4h', 14_400],
    ['30 days', 2_592_000],
    ['2y', 31_536_000], // as in Express, at most 365 days
    [Number.POSITIVE_INFINITY, 31_536_000],
  ] as const) {
    it(`${JSON.stringify(value)} is ${expected} seconds: a number counts milliseconds`, () => {
      expect(fileMaxAgeSeconds(value, 'x')).to.equal(expected)
    })
  }

  for (const wrong of [Number.NaN, '', 'soon', {}, null, true]) {
    it(`${JSON.stringify(wrong)} is an error`, () => {
      expect(() => fileMaxAgeSeconds(wrong, "file(): option 'maxAge'"))
        .to.throw(Error, /^file\(\): option 'maxAge' must be a number of milliseconds/)
        .with.property('code', 'INVALID_OPTION')
    })
  }
})
