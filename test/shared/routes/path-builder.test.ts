import { expect } from 'chai'
import fc from 'fast-check'
import { pathToRegexp } from 'path-to-regexp'
import { defineRoutes, ResponseKitError, type RouteParameterError } from '../../../src/index.js'
import { type RealRouter, realRouters } from '../../support/routers.js'
import { thrown } from '../../support/thrown.js'

// What developers write in paths: texts with and without a dot or dash, parameters, groups, expressions.
const text = fc.stringMatching(/^[a-z0-9._~@!,;=-]{1,4}$/)
const name = fc.constantFrom('lang', 'id', 'year', 'slug', 'a', 'B_2', 'toString', 'constructor')
const modernPiece = fc.oneof(
  { weight: 4, arbitrary: fc.constant('/') },
  { weight: 3, arbitrary: text },
  { weight: 3, arbitrary: name.map((each) => `:${each}`) },
  { weight: 1, arbitrary: name.map((each) => `*${each}`) },
  { weight: 1, arbitrary: name.map((each) => `{/:${each}}`) },
  { weight: 1, arbitrary: fc.tuple(name, name).map(([outer, inner]) => `{/:${outer}{-:${inner}}}`) },
  { weight: 1, arbitrary: text.map((each) => `{.${each}}`) },
)
const legacyPiece = fc.oneof(
  { weight: 4, arbitrary: fc.constant('/') },
  { weight: 3, arbitrary: text },
  { weight: 3, arbitrary: name.map((each) => `:${each}`) },
  { weight: 1, arbitrary: fc.constant('*') },
  { weight: 1, arbitrary: name.map((each) => `/:${each}?`) },
  { weight: 1, arbitrary: name.map((each) => `.:${each}?`) },
  { weight: 1, arbitrary: name.map((each) => `/:${each}(*)`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(name, fc.constantFrom('\\d+', '[0-9a-f]+', 'new|old', '.*', '\\w*', '[^-]+', 'a(?:b)'))
      .map(([each, expression]) => `:${each}(${expression})`),
  },
)
const pathOf = (piece: fc.Arbitrary<string>, start: fc.Arbitrary<string>) =>
  fc.tuple(start, fc.array(piece, { maxLength: 6 })).map(([first, pieces]) => `${first}${pieces.join('')}`)
const modernStart = fc.constantFrom('/', '/', '/', '{/:lang}', '{/:lang}/')
const legacyStart = fc.constantFrom('/', '/', '/', '/:lang?', '/:lang(en|de)?/')

const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: fc.constantFrom('.', '/', '-', 'a', '1', '%', '\\', '?', '#', ' ', '\n', '_'), maxLength: 4 }),
  fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '//evil.example',
    'x/../y',
    '1',
    'new',
    'xz',
    '\ud800',
    'é',
    '😀',
    'a b',
    '*',
    ':id',
    '{x}',
  ),
  fc.integer(),
)
const value = fc.oneof({ weight: 6, arbitrary: scalar }, { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) })
const values = fc.dictionary(fc.oneof({ weight: 9, arbitrary: name }, fc.constantFrom('0', '1')), value, { maxKeys: 4 })

function readBack(router: RealRouter, given: unknown): unknown {
  if (!Array.isArray(given)) return String(given)
  return router.name === 'express5' ? given.map(String) : given.map(String).join('/')
}

function isModern(path: string): boolean {
  try {
    pathToRegexp(path)
    return true
  } catch {
    return false
  }
}

/** The tables of each router's apps: an Express 4 app may say that its paths are Express 4's, or write what both read alike. */
const tables = realRouters.flatMap((router) =>
  router.syntax === 'legacy'
    ? [
        { router, options: { syntax: 'express4' as const }, isReadAlike: () => true },
        { router, options: {}, isReadAlike: (path: string) => !/\*\w|\.:\w/.test(path) },
      ]
    : [{ router, options: {}, isReadAlike: isModern }],
)

describe('the URL of a route, against the real routers', () => {
  for (const { router, options, isReadAlike } of tables) {
    const title = `${router.name} routes it to that very route and reads the same values back`
    it(`${title}, with the options ${JSON.stringify(options)}`, async function () {
      this.timeout(60_000)
      let built = 0
      const path = router.syntax === 'legacy' ? pathOf(legacyPiece, legacyStart) : pathOf(modernPiece, modernStart)
      await fc.assert(
        fc.asyncProperty(path, fc.array(values, { minLength: 1, maxLength: 6 }), async (path, cases) => {
          let routes: ReturnType<typeof defineRoutes<{ it: string }>>
          try {
            routes = defineRoutes({ it: path }, options) as unknown as typeof routes // the paths are known at run time alone
          } catch (error) {
            expect(error).to.be.instanceOf(ResponseKitError).with.property('code', 'INVALID_PATTERN')
            return
          }
          if (!isReadAlike(path)) return // served by another framework alone
          const names = new Set([...path.matchAll(/[:*](\w+)/g)].map((match) => match[1]))
          for (const all of [{}, ...cases]) {
            const parameters = Object.fromEntries(
              Object.entries(all).filter(([key]) => names.has(key) || /^\d/.test(key)),
            ) as never
            let url: string
            try {
              url = routes.url('it', parameters)
            } catch (error) {
              expect(error).to.have.property('code', 'ROUTE_PARAMETER')
              continue
            }
            built++
            const given = Object.entries(parameters as object)
            const context = `${path} with ${JSON.stringify(parameters)} -> ${url}`
            const match = await router.match(new Map([['it', path]]), url)
            expect(match?.route, context).to.equal('it')
            for (const [key, each] of given) {
              expect(match?.parameters[key] ?? '', `${context}: ${key}`).to.deep.equal(readBack(router, each))
            }
            for (const [key, each] of Object.entries(match?.parameters ?? {})) {
              if (Object.hasOwn(parameters as object, key) || each === undefined) continue
              expect(/\(.*\*\)/.test(path), `${context}: reads ${key} that was not given`).to.equal(true)
            }
            const parsed = new URL(url, 'https://app.example')
            expect([parsed.origin, parsed.pathname], context).to.deep.equal(['https://app.example', url])
          }
        }),
        { numRuns: 3000 },
      )
      expect(built, 'URLs built').to.be.greaterThan(500)
    })
  }
})

describe('a star with a name after it', () => {
  // expressjs.com/en/4x/api.html: '/ab*cd' matches abcd, abxcd, abRANDOMcd and so on.
  for (const [path, parameters, url] of [
    ['/ab*cd', { 0: ['x'] }, '/abxcd'],
    ['/ab*cd', { 0: [] }, '/abcd'],
    ['/*a,', { 0: ['0'] }, '/0a,'],
    ['/files/*path', { 0: ['a', 'b'] }, '/files/a/bpath'],
    ['/*a*b', { 0: ['x'], 1: ['y'] }, '/xayb'],
    ['/:id(\\d+)*x', undefined, undefined],
    ['/:p(*)_1', { p: ['x'] }, '/x_1'],
  ] as const) {
    it(`is text in a table of Express 4: ${path}`, async () => {
      if (url === undefined) {
        expect(thrown(() => defineRoutes({ it: path }, { syntax: 'express4' }))).to.have.property(
          'code',
          'INVALID_PATTERN',
        )
        return
      }
      const routes = defineRoutes({ it: path }, { syntax: 'express4' })
      expect(routes.url('it', parameters as never)).to.equal(url)
      const match = await realRouters[0]?.match(new Map([['it', path]]), url)
      const read = Object.fromEntries(Object.entries(parameters).map(([key, texts]) => [key, texts.join('/')]))
      expect(match?.parameters).to.deep.include(read)
    })
  }

  it('is a name in every other table, and the error says how Express 4 names it', () => {
    const routes = defineRoutes({ it: '/ab*cd' })
    expect(routes.url('it', { cd: ['x'] })).to.equal('/abx')
    expect(thrown(() => routes.url('it', { 0: ['x'] } as never)).message).to.contain("the option syntax: 'express4'")
  })

  it('is the one syntax that can be chosen', () => {
    for (const syntax of ['express5', 4, null, '']) {
      const error = thrown(() => defineRoutes({ it: '/' }, { syntax: syntax as never }))
      expect(error).to.have.property('code', 'INVALID_OPTION')
      expect(error.message).to.contain("option 'syntax' must be 'express4'")
    }
  })

  it('leaves groups and names of Express 5 to Express 5', () => {
    for (const path of ['/users{/:id}', '/:"first name"', '{/:lang}/x']) {
      expect(thrown(() => defineRoutes({ it: path }, { syntax: 'express4' }))).to.have.property(
        'code',
        'INVALID_PATTERN',
      )
    }
  })
})

describe('building a path: values from a client', () => {
  const routes = defineRoutes({ user: '/users/:id', files: '/files/*path', mixed: '/:a-:b.html', any: '/x/*/y/*' })

  it('longer than a URL may be are refused, in time that grows with their length alone', () => {
    const long = 'a-'.repeat(100_000)
    const list = Array.from({ length: 100_000 }, () => '-')
    const start = performance.now()
    for (const call of [
      () => routes.url('user', { id: long }),
      () => routes.url('user', { id: 'é'.repeat(5000) }),
      () => routes.url('files', { path: [long] }),
      () => routes.url('files', { path: list }),
      () => routes.url('mixed', { a: long, b: long }),
      () => routes.url('any', { 0: list, 1: list }),
    ]) {
      expect(thrown(call)).to.have.property('code', 'ROUTE_PARAMETER')
      expect(thrown(call).message.length).to.be.lessThan(1000)
    }
    expect(performance.now() - start).to.be.lessThan(1000)
  })

  it('with many or long names are named in part', () => {
    const query = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`name${index}`, 1]))
    for (const parameters of [query, { id: 1, ['x'.repeat(100_000)]: 1 }]) {
      const error = thrown<RouteParameterError>(() => routes.url('user', parameters as never))
      expect(error.message.length).to.be.lessThan(3000)
      expect(error.parameters.length).to.be.at.most(20)
    }
    expect(thrown(() => routes.url('x'.repeat(100_000) as never)).message.length).to.be.lessThan(200)
  })
})
