import { expect } from 'chai'
import { defineRoutes, json, text } from '../../src/index.js'
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

/** A call with an option `type`, and what the error names. */
const typed: readonly [subject: string, call: (target: any, type: unknown) => unknown][] = [
  ["bytes: option 'type'", (target, type) => target.bytes(Buffer.from('x'), { type })],
  ["streaming: option 'type'", (target, type) => target.streaming(['x'], { type })],
  ["file(): option 'type'", (target, type) => target.file(Buffer.from('x'), { type })],
  ["download(): option 'type'", (target, type) => target.download(Buffer.from('x'), 'a', { type })],
  ["Reply: option 'type'", (target, type) => target.reply(text('x', { type } as any))],
  ["Reply: option 'type'", (target, type) => target.reply(json(1, { type } as any))],
]

contract('the option type of a call', ({ serve, ask }) => {
  for (const type of [
    'nonsense',
    '',
    '/',
    'text/',
    'text/plain\r\nX-A: b',
    'text/plain; a="\n"',
    'te xt/plain',
    'a/b\0',
    'a/b; \u{1f600}',
    7,
    ['a/b'],
    null,
  ]) {
    it(`${JSON.stringify(type)} is refused by every call, in the same words`, async () => {
      const caught: any[] = []
      const app = await serve((target) => {
        for (const [, call] of typed) {
          try {
            call(target, type)
          } catch (error) {
            caught.push(error)
          }
        }
        target.text('still here')
      })
      expect((await ask(app)).text).to.equal('still here')
      expect(caught.map(({ code }) => code)).to.deep.equal(typed.map(() => 'INVALID_OPTION'))
      for (const [index, [subject]] of typed.entries()) {
        expect(caught[index].message).to.include(`${subject} must be a media type such as 'text/csv', got `)
      }
    })
  }

  for (const type of ['text/plain', 'application/vnd.a+json; v="1"', 'a/b;c=d', 'image/svg+xml ; charset=utf-8']) {
    it(`${type} is sent by every call`, async () => {
      for (const [, call] of typed) {
        const app = await serve((target) => call(target, type))
        expect((await ask(app)).headers['content-type']?.replace('UTF-8', 'utf-8')).to.match(
          new RegExp(`^${type.slice(0, 3)}`),
        )
      }
    })
  }
})

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
