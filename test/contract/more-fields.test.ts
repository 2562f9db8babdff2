import { expect } from 'chai'
import { type ResponseMethods, text } from '../../src/index.js'
import { contract } from '../support/contract.js'

const SINCE = new Date('2023-07-01T00:00:00Z')
const SUNSET = new Date('2024-06-30T23:59:59Z')

contract('defaultHeader()', ({ answer }) => {
  it('sets a field that is not staged, and keeps one that is, in any letter case', async () => {
    const { headers } = await answer(
      (target) =>
        void target.setHeader('X-A', 'staged').defaultHeader('x-a', 'default').defaultHeader('X-B', 'default').text(''),
    )
    expect(headers).to.include({ 'x-a': 'staged', 'x-b': 'default' })
  })

  it('of a Reply does the same', async () => {
    const { headers } = await answer((target) =>
      target.reply(text('').setHeader('X-A', 'staged').defaultHeader('x-a', 'default').defaultHeader('X-B', 'default')),
    )
    expect(headers).to.include({ 'x-a': 'staged', 'x-b': 'default' })
  })

  it('refuses a bad value, also if the field is staged', async () => {
    await answer((target) => {
      target.setHeader('X-A', '1')
      expect(() => target.defaultHeader('X-A', 'a\r\nb')).to.throw(TypeError, /X-A/)
      expect(() => text('').defaultHeader('X-A', {} as never)).to.throw(TypeError, /X-A/)
      target.text('')
    })
  })
})

contract('deprecation() (RFC 9745, RFC 8594)', ({ answer }) => {
  // RFC 9745 \u00a72.1: Deprecation: @1688169599 is Fri, 30 Jun 2023 23:59:59 GMT.
  it('writes the time as the example of the RFC does', async () => {
    const since = new Date('2023-06-30T23:59:59Z')
    const { headers } = await answer((target) => void target.deprecation({ since }).text(''))
    expect(headers.deprecation).to.equal('@1688169599')
    expect(headers).not.to.have.any.keys('sunset', 'link')
  })

  for (const [what, call] of [
    [
      'a response',
      (target: ResponseMethods) =>
        target.link('/2', { rel: 'next' }).deprecation({ since: SINCE, sunset: SUNSET, link: '/docs/v2' }).text(''),
    ],
    [
      'a Reply',
      (target: ResponseMethods) =>
        target.reply(
          text('')
            .setHeader('Link', '</2>; rel="next"')
            .deprecation({ since: SINCE, sunset: SUNSET, link: '/docs/v2' }),
        ),
    ],
  ] as const) {
    it(`${what}: the sunset is an HTTP-date, the link stands beside the others`, async () => {
      const { headers } = await answer((target) => void call(target))
      expect(headers).to.include({
        deprecation: '@1688169600',
        sunset: 'Sun, 30 Jun 2024 23:59:59 GMT',
        link: '</2>; rel="next", </docs/v2>; rel="deprecation"; type="text/html"',
      })
    })
  }

  for (const [what, init, option] of [
    ['no date', {}, 'since'],
    ['a text', { since: '2023-07-01' }, 'since'],
    ['an invalid date', { since: new Date(Number.NaN) }, 'since'],
    ['a sunset before', { since: SUNSET, sunset: SINCE }, 'sunset'],
    ['an unknown option', { since: SINCE, sunest: SUNSET }, 'sunest'],
  ] as const) {
    it(`${what} is an error, and nothing is staged`, async () => {
      const { headers } = await answer((target) => {
        expect(() => target.deprecation(init as never))
          .to.throw(Error, new RegExp(`^deprecation.*'${option}'`))
          .with.property('code', 'INVALID_OPTION')
        target.text('')
      })
      expect(headers).not.to.have.any.keys('deprecation', 'sunset', 'link')
    })
  }
})

contract('cacheControl() for one kind of cache (RFC 9213)', ({ answer }) => {
  it('sets the field of that kind beside Cache-Control', async () => {
    const { headers } = await answer(
      (target) =>
        void target
          .cacheControl({ maxAge: 60 })
          .cacheControl({ maxAge: '10m', mustRevalidate: true }, { target: 'CDN-Cache-Control' })
          .text(''),
    )
    expect(headers).to.include({ 'cache-control': 'max-age=60', 'cdn-cache-control': 'must-revalidate, max-age=600' })
  })

  it('of a Reply does the same', async () => {
    const { headers } = await answer((target) =>
      target.reply(text('').cacheControl({ maxAge: 5 }, { target: 'Vercel-CDN-Cache-Control' })),
    )
    expect(headers).to.include({ 'vercel-cdn-cache-control': 'max-age=5' })
  })

  for (const field of ['Set-Cookie', 'Cache-Control\r\nX-A', '', 5, '-Cache-Control']) {
    it(`refuses the target ${JSON.stringify(field)}`, async () => {
      await answer((target) => {
        expect(() => target.cacheControl({ maxAge: 1 }, { target: field as string }))
          .to.throw(TypeError, /^cacheControl: option 'target' must be a field such as 'CDN-Cache-Control'/)
          .with.property('code', 'INVALID_OPTION')
        target.text('')
      })
    })
  }
})
