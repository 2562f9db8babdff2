import { expect } from 'chai'
import { defineRoutes } from '../../src/index.js'
import { contract } from '../support/contract.js'

const kit = { routes: defineRoutes({ home: '/' }), templates: () => 'page' }

/** A call with one option misspelt, and what is named. */
const mistakes: readonly [call: string, misspelt: (target: any) => unknown, option: string, nearest: string][] = [
  ['bytes()', (target) => target.bytes(Buffer.from('x'), { tpye: 'a/b' }), 'tpye', 'type'],
  ['streaming()', (target) => target.streaming(['x'], { tpye: 'a/b' }), 'tpye', 'type'],
  ['sse()', (target) => target.sse(['x'], { hartbeat: 1 }), 'hartbeat', 'heartbeat'],
  ['template()', (target) => target.template('x', {}, { statsu: 201 }), 'statsu', 'status'],
  ['file()', (target) => target.file(Buffer.from('x'), { typ: 'a/b' }), 'typ', 'type'],
  ['download()', (target) => target.download(Buffer.from('x'), 'a', { inlin: true }), 'inlin', 'inline'],
  ['redirectTo()', (target) => target.redirectTo('home', {}, { stats: 303 }), 'stats', 'status'],
  ['back()', (target) => target.back({ falback: '/' }), 'falback', 'fallback'],
  ['toIntended()', (target) => target.toIntended({ falback: '/' }), 'falback', 'fallback'],
  ['setCookie()', (target) => target.setCookie('a', '1', { maxage: 1 }), 'maxage', 'maxAge'],
  ['deleteCookie()', (target) => target.deleteCookie('a', { pth: '/' }), 'pth', 'path'],
  ['getCookie()', (target) => target.getCookie('a', { sigend: true }), 'sigend', 'signed'],
  ['cacheControl()', (target) => target.cacheControl({ maxage: 1 }), 'maxage', 'maxAge'],
  ['route()', (target) => target.route('home', {}, { qeury: {} }), 'qeury', 'query'],
]

contract('a misspelt option of a call', ({ serve, ask }) => {
  for (const [call, misspelt, option, nearest] of mistakes) {
    it(`${call}: is thrown at once, names '${option}' and '${nearest}', and nothing has been sent`, async () => {
      let caught: any
      const app = await serve(
        (target) => {
          try {
            misspelt(target)
          } catch (error) {
            caught = error
          }
          target.text('still here')
        },
        { kit },
      )
      const { status, headers, text } = await ask(app)
      expect([status, text]).to.deep.equal([200, 'still here'])
      expect(headers).not.to.have.any.keys('set-cookie', 'cache-control', 'location')
      expect(caught).to.be.instanceOf(TypeError)
      expect(caught.code).to.match(/^INVALID_/)
      expect(caught.message).to.contain(`'${option}'`).and.contain(`did you mean '${nearest}'`)
    })
  }
})
