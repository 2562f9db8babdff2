import { expect } from 'chai'
import { defineRoutes } from '../../src/index.js'
import { contract } from '../support/contract.js'

/** The same length of time, as a number of seconds and with its unit. */
const twoDays: readonly (number | string)[] = [
  172_800,
  '172800s',
  '2880m',
  '48h',
  '2d',
  '172800000ms',
  '2 days',
  '48 HOURS',
]

contract('durations: a number is seconds, a string carries its unit', ({ answer, serve, ask }) => {
  for (const duration of twoDays) {
    it(`${JSON.stringify(duration)} is two days, wherever it stands`, async () => {
      const { headers } = await answer((target) => {
        target
          .setCookie('a', '1', { maxAge: duration })
          .cacheControl({ maxAge: duration, sMaxAge: duration, staleWhileRevalidate: duration, staleIfError: duration })
          .retryAfter(duration)
          .text('')
      })
      expect(headers['set-cookie']).to.deep.equal(['a=1; Max-Age=172800; Path=/'])
      expect(headers['cache-control']).to.equal(
        'max-age=172800, s-maxage=172800, stale-while-revalidate=172800, stale-if-error=172800',
      )
      expect(headers['retry-after']).to.equal('172800')
    })
  }

  for (const retry of [2, '2s', '2000ms']) {
    it(`sse: retry ${JSON.stringify(retry)} tells the client 2,000 milliseconds (HTML §9.2.6)`, async () => {
      const { text } = await answer((target) => target.sse(['x'], { retry }))
      expect(text).to.match(/^retry: 2000$/m)
    })
  }

  it('signedUrl: expiresIn counts the same in either form', () => {
    const routes = defineRoutes({ home: '/' }, { secrets: 'a secret of thirty-two bytes or more' })
    const expiries = twoDays.map((expiresIn) => {
      const [, expires] = /[?&]expires=(\d+)/.exec(routes.signedUrl('home', {}, { expiresIn })) ?? []
      return Math.round((Number(expires) - Date.now() / 1000) / 60)
    })
    expect(expiries).to.deep.equal(twoDays.map(() => 2880))
  })

  for (const wrong of [
    '2 fortnights',
    '172800',
    'd',
    '',
    '1e3s',
    '-',
    'Infinitys',
    Number.MAX_VALUE,
    '99999999999999999y',
    Number.POSITIVE_INFINITY,
    Number.NaN,
    null,
    {},
  ]) {
    it(`${typeof wrong === 'number' ? wrong : JSON.stringify(wrong)} is an error that shows it, before anything is written`, async () => {
      const caught: string[] = []
      const app = await serve((target) => {
        for (const call of [
          () => target.setCookie('a', '1', { maxAge: wrong as string }),
          () => target.cacheControl({ maxAge: wrong as string }),
          () => target.sse(['x'], { heartbeat: wrong as string }),
          () => target.sse(['x'], { retry: wrong as string }),
        ]) {
          try {
            call()
          } catch (error) {
            caught.push((error as Error).message)
          }
        }
        target.text('still here')
      })
      const { headers, text } = await ask(app)
      expect(text).to.equal('still here')
      expect(headers).not.to.have.any.keys('set-cookie', 'cache-control')
      expect(caught).to.have.length(4)
      for (const message of caught) expect(message).to.match(/(?:maxAge|heartbeat|retry).* must be .*, got /)
    })
  }
})
