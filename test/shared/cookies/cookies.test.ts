import { expect } from 'chai'
import { parseSetCookie } from 'cookie'
import { JSONCookie } from 'cookie-parser'
import fc from 'fast-check'
import { CookieJar } from 'tough-cookie'
import { deleteCookie, readCookie, setCookie } from '../../../src/shared/cookies/cookies.js'
import { setCookieCases } from '../../fixtures/set-cookie-cases.js'
import { nodeExchange } from '../../support/node-exchange.js'

const linesOf = (exchange: ReturnType<typeof nodeExchange>): string[] =>
  [exchange.facts.res.getHeader('Set-Cookie') ?? []].flat().map(String)

/** The line of one call, or its error; nothing may be staged beside an error. */
function attempt(name: any, value: any, attributes: any): string | Error {
  const exchange = nodeExchange()
  try {
    setCookie(exchange, name, value, attributes)
  } catch (error) {
    expect(linesOf(exchange)).to.deep.equal([])
    expect(error).to.be.an.instanceOf(Error).and.have.property('code', 'INVALID_COOKIE')
    return error as Error
  }
  const lines = linesOf(exchange)
  expect(lines).to.have.length(1)
  return lines[0] ?? ''
}

describe('setCookie: the line of each call, or its error (RFC 6265bis)', () => {
  it('is held to 120 cases at least', () => {
    expect(setCookieCases.length).to.be.at.least(120)
  })

  for (const [index, [name, value, attributes, expected]] of setCookieCases.entries()) {
    const shown = JSON.stringify([name, typeof value === 'bigint' ? `${value}n` : value, attributes], (_, each) =>
      typeof each === 'bigint' ? `${each}n` : each,
    ).slice(0, 90)
    it(`${index + 1}. ${shown}`, () => {
      // Twice: what is remembered of the first call must not change the second.
      for (const _ of [1, 2]) {
        const result = attempt(name, value, attributes)
        if (typeof expected === 'string') expect(result).to.equal(expected)
        else {
          expect(result).to.be.an.instanceOf(Error)
          const { message } = result as Error
          let from = 0
          for (const words of expected) {
            expect(message.slice(from), message).to.include(words)
            from = message.indexOf(words, from) + words.length
          }
        }
      }
    })
  }

  it('refuses a circular value', () => {
    const circular: Record<string, unknown> = {}
    circular.self = circular
    expect(attempt('a', circular, {}))
      .to.have.property('message')
      .that.matches(/cookie 'a': value .*JSON/)
  })
})

describe('setCookie: what it remembers of a cookie', () => {
  it('follows attributes that change, whether the object is a new one or the same', () => {
    const attributes: Record<string, unknown> = { maxAge: 60 }
    expect(attempt('same', '1', attributes)).to.equal('same=1; Max-Age=60; Path=/')
    attributes.maxAge = 61
    expect(attempt('same', '1', attributes)).to.equal('same=1; Max-Age=61; Path=/')
    attributes.httponly = true
    expect(attempt('same', '1', attributes))
      .to.have.property('message')
      .that.includes("'httponly'")
    delete attributes.httponly
    attributes.httpOnly = true
    expect(attempt('same', '1', attributes)).to.equal('same=1; Max-Age=61; Path=/; HttpOnly')
  })

  it('counts own enumerable attributes alone, as Express does, and refuses what is no object', () => {
    for (const attributes of [{}, Object.create({ maxAge: 60 }), Object.defineProperty({}, 'maxAge', { value: 60 })]) {
      expect(attempt('kin', '1', attributes)).to.equal('kin=1; Path=/')
    }
    for (const attributes of [null, 0, '', false]) {
      expect(attempt('kin', '1', attributes)).to.be.an.instanceOf(TypeError)
    }
  })

  it('is not mixed up between settings', () => {
    const strict = nodeExchange({}, { cookies: { defaults: { sameSite: 'strict' } } })
    const plain = nodeExchange()
    for (const exchange of [strict, plain]) setCookie(exchange, 'settings', '1', {})
    expect(linesOf(strict)).to.deep.equal(['settings=1; Path=/; SameSite=Strict'])
    expect(linesOf(plain)).to.deep.equal(['settings=1; Path=/'])
  })

  it('is bounded: thousands of names leave it working', () => {
    for (let index = 0; index < 3000; index++) {
      expect(attempt(`name${index}`, '1', { path: `/${index}` })).to.equal(`name${index}=1; Path=/${index}`)
    }
  })
})

describe('setCookie: any input', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('/', '; Secure', '\r\nX: y'))
  const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('sid', '__Host-sid', '__Http-x', '__proto__') }, text)
  /** Mostly what is allowed, so that lines come out as well as errors. */
  const mostly = <Value>(valid: fc.Arbitrary<Value>) => fc.oneof({ weight: 15, arbitrary: valid }, text)
  const seconds = fc.oneof(fc.integer({ min: -10, max: 40_000_000 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))
  const attributes = fc.record(
    {
      maxAge: mostly(seconds),
      expires: fc.date({ min: new Date('1500-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      path: mostly(fc.webPath().map((each) => `/${each}`)),
      domain: mostly(fc.domain()),
      secure: mostly(fc.boolean()),
      httpOnly: fc.boolean(),
      sameSite: mostly(fc.oneof(fc.boolean(), fc.constantFrom('lax', 'strict', 'none'))),
      priority: mostly(fc.constantFrom('low', 'medium', 'high')),
      partitioned: fc.boolean(),
    },
    { requiredKeys: [] },
  )

  it('gives one line that reads back to the same values, or an error, never a second field', () => {
    let lines = 0
    fc.assert(
      fc.property(name, text, attributes, (name, value, given) => {
        const result = attempt(name, value, given)
        if (typeof result !== 'string') return
        lines++
        expect(result).to.match(/^[\x20-\x7e]+$/)
        const { maxAge, expires, ...read } = parseSetCookie(result)
        // Text that begins with `j:` is stored as JSON, and read back as cookie-parser reads it.
        read.value = (JSONCookie(read.value ?? '') as unknown as string | undefined) ?? read.value
        const { maxAge: _, expires: __, sameSite, ...flags } = given as any
        const expected: Record<string, unknown> = { path: '/', ...flags, name, value }
        if (sameSite !== undefined && sameSite !== false) {
          expected.sameSite = sameSite === true ? 'strict' : sameSite.toLowerCase()
        }
        for (const key of ['secure', 'httpOnly', 'partitioned']) if (expected[key] !== true) delete expected[key]
        // What follows the path is trimmed by every parser; so is white space around a path.
        if (typeof expected.path === 'string') expected.path = expected.path.trim()
        expect(read).to.deep.equal(expected)
        if (typeof given.maxAge === 'number') {
          // Rounded down, but what is to live is not deleted.
          expect(maxAge).to.equal(given.maxAge > 0 ? Math.max(1, Math.floor(given.maxAge)) : 0)
        }
        if (given.expires !== undefined && maxAge !== 0) {
          expect(expires?.getTime()).to.equal(Math.floor(given.expires.getTime() / 1000) * 1000)
        }
      }),
      { numRuns: 3000 },
    )
    expect(lines).to.be.greaterThan(200)
  })

  it('comes back through getCookie, object or text', () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }).filter((each) => !each.startsWith('j:')),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        fc.oneof(fc.string(), fc.boolean(), fc.constant(null)),
      ),
      fc.array(fc.integer()),
    )
    fc.assert(
      fc.property(value, (each) => {
        const exchange = nodeExchange()
        setCookie(exchange, 'a', each)
        const [line = ''] = linesOf(exchange)
        expect(readCookie(exchange.facts, 'a')).to.deep.equal(JSON.parse(JSON.stringify(each)))
        const next = nodeExchange({ cookie: line.split(';', 1)[0] })
        expect(readCookie(next.facts, 'a')).to.deep.equal(JSON.parse(JSON.stringify(each)))
      }),
    )
  })
})

describe("a browser's jar (tough-cookie)", () => {
  const url = 'https://shop.example.com/cart'
  const jarAfter = (...exchanges: ReturnType<typeof nodeExchange>[]): CookieJar => {
    const jar = new CookieJar(undefined, { prefixSecurity: 'strict' })
    for (const exchange of exchanges) {
      for (const line of linesOf(exchange)) jar.setCookieSync(line, url)
    }
    return jar
  }
  const places: readonly (readonly [title: string, name: string, attributes: any])[] = [
    ['host alone', 'sid', {}],
    ['domain and path', 'sid', { domain: 'example.com', path: '/cart' }],
    ['__Secure-', '__Secure-sid', { secure: true }],
    ['__Host-', '__Host-sid', { secure: true }],
    ['SameSite=None', 'sid', { secure: true, sameSite: 'none' }],
    ['a lifetime', 'sid', { maxAge: '30d', httpOnly: true }],
  ]

  for (const [title, name, attributes] of places) {
    it(`keeps what is set and forgets what is deleted: ${title}`, () => {
      const setting = nodeExchange()
      setCookie(setting, name, 'value', attributes)
      expect(jarAfter(setting).getCookieStringSync(url)).to.equal(`${name}=value`)
      const deleting = nodeExchange()
      deleteCookie(deleting, name, attributes)
      expect(jarAfter(setting, deleting).getCookieStringSync(url)).to.equal('')
    })
  }

  it('forgets a __Host- cookie though the call says nothing of Secure', () => {
    const setting = nodeExchange()
    setCookie(setting, '__Host-sid', 'value', { secure: true })
    const deleting = nodeExchange()
    deleteCookie(deleting, '__Host-sid')
    expect(jarAfter(setting, deleting).getCookieStringSync(url)).to.equal('')
  })

  it('forgets what is set with a lifetime of nothing', () => {
    const setting = nodeExchange()
    setCookie(setting, 'sid', 'value')
    const expiring = nodeExchange()
    setCookie(expiring, 'sid', 'value', { maxAge: 0 })
    expect(jarAfter(setting, expiring).getCookieStringSync(url)).to.equal('')
  })
})

describe('deleteCookie', () => {
  it('refuses what would not delete', () => {
    for (const [name, attributes, words] of [
      ['__Host-a', { domain: 'example.com' }, /cookie '__Host-a': domain/],
      ['__Host-a', { path: '/x' }, /cookie '__Host-a': path/],
      ['__Secure-a', { secure: false }, /cookie '__Secure-a': secure/],
      ['a', { sameSite: 'none' }, /cookie 'a': secure/],
      ['a;b', {}, /cookie name/],
      ['a', { httponly: true }, /'httponly'/],
      ['a', null, /attributes/],
    ] as const) {
      const exchange = nodeExchange()
      expect(() => deleteCookie(exchange, name, attributes as any)).to.throw(TypeError, words)
      expect(linesOf(exchange)).to.deep.equal([])
    }
  })

  it('gives way to the prefix where the defaults name a domain and path', () => {
    const exchange = nodeExchange({}, { cookies: { defaults: { domain: 'example.com', path: '/app' } } })
    deleteCookie(exchange, '__Host-a')
    deleteCookie(exchange, 'b')
    const gone = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'
    expect(linesOf(exchange)).to.deep.equal([
      `__Host-a=; Max-Age=0; Path=/; ${gone}; Secure`,
      `b=; Max-Age=0; Domain=example.com; Path=/app; ${gone}`,
    ])
  })
})
