import { expect } from 'chai'
import { serializeServerTiming } from '../../../src/shared/fields/server-timing.js'

describe('a metric of Server-Timing (W3C Server Timing §2)', () => {
  for (const [name, options, expected] of [
    ['miss', undefined, 'miss'],
    ['db', { durationMs: 53 }, 'db;dur=53'],
    ['db', { durationMs: 47.2 }, 'db;dur=47.2'],
    ['db', { durationMs: 1 / 3 }, 'db;dur=0.333'],
    ['dc', { description: 'atl' }, 'dc;desc="atl"'],
    ['cache', { durationMs: 23.2, description: 'Cache Read' }, 'cache;dur=23.2;desc="Cache Read"'],
    ['a', { description: 'say "x\\y"' }, 'a;desc="say \\"x\\\\y\\""'],
  ] as const) {
    it(expected, () => expect(serializeServerTiming(name, options)).to.equal(expected))
  }

  for (const [name, options, words, code] of [
    ['a b', {}, 'serverTiming: name', 'INVALID_FIELD'],
    ['', {}, 'serverTiming: name', 'INVALID_FIELD'],
    ['a', { durationMs: -1 }, 'serverTiming: durationMs', 'INVALID_FIELD'],
    ['a', { durationMs: Number.NaN }, 'serverTiming: durationMs', 'INVALID_FIELD'],
    ['a', { description: 'é' }, 'serverTiming: description', 'INVALID_FIELD'],
    ['a', { description: 'a\r\nb' }, 'serverTiming: description', 'INVALID_FIELD'],
    ['a', { dur: 1 }, "serverTiming(): unknown option 'dur'", 'INVALID_OPTION'],
  ] as const) {
    it(`${JSON.stringify([name, options])} is refused`, () => {
      expect(() => serializeServerTiming(name, options as never))
        .to.throw(Error, words)
        .with.property('code', code)
    })
  }
})
