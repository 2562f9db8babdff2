import { expect } from 'chai'
import { contract } from '../support/contract.js'

/** Each call that stages something for the head. */
const calls: Record<string, (target: any) => unknown> = {
  setStatus: (target) => target.setStatus(201),
  setHeaders: (target) => target.setHeaders({ 'X-A': '1' }),
  deleteHeader: (target) => target.deleteHeader('X-A'),
  setCookie: (target) => target.setCookie('a', '1'),
  deleteCookie: (target) => target.deleteCookie('a'),
  cacheControl: (target) => target.cacheControl('no-store'),
  link: (target) => target.link('/a', { rel: 'next' }),
  preload: (target) => target.preload('/a', { as: 'style' }),
  earlyHints: (target) => target.earlyHints(),
  serverTiming: (target) => target.serverTiming('db'),
  contentLanguage: (target) => target.contentLanguage('en'),
  retryAfter: (target) => target.retryAfter(1),
  allow: (target) => target.allow('GET'),
  clearSiteData: (target) => target.clearSiteData(),
  setLastModified: (target) => target.setLastModified(new Date(0)),
  setEtag: (target) => target.setEtag('a'),
  withFlash: (target) => target.withFlash({ a: 1 }),
  withInput: (target) => target.withInput(),
  withErrors: (target) => target.withErrors({ a: 1 }),
  reflash: (target) => target.reflash(),
  intended: (target) => target.intended(),
}

contract('staging after the head was sent', ({ answer }) => {
  for (const [name, call] of Object.entries(calls)) {
    it(`${name}() is ALREADY_SENT, and the response stays whole`, async () => {
      let thrown: unknown
      const { status, text, headers } = await answer(
        (target, { native: { res } }) =>
          target.streaming(async function* () {
            yield 'first '
            while (!res.headersSent) await new Promise(setImmediate)
            try {
              call(target)
            } catch (error) {
              thrown = error
            }
            yield 'second'
          }),
        {},
        { kit: { cookies: { secrets: 'a secret of thirty-two characters' } } },
      )
      expect(thrown).to.be.instanceOf(Error).and.include({ code: 'ALREADY_SENT' })
      expect((thrown as Error).message).to.match(new RegExp(`^${name}\\(\\)`))
      expect({ status, text }).to.deep.equal({ status: 200, text: 'first second' })
      expect(headers).not.to.have.property('set-cookie')
    })
  }
})
