import { expect } from 'chai'
import cookieParser from 'cookie-parser'
import type { ResponseMethods } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { type Answer, request } from '../support/request.js'

const SECRET = 'a secret of thirty-two bytes or more'
const VALUES: readonly (string | object)[] = [
  'plain',
  'j:',
  'j:text',
  'j:{"admin":true}',
  'j:[1,2]',
  'j:"quoted"',
  'j:null',
  's:signed.looking',
  'jj:',
  'J:{}',
  { a: 'j:{"b":1}' },
  ['j:x'],
]

/** The Cookie field a browser sends after an answer. */
const cookieAfter = ({ headers }: Answer): string =>
  (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')

contract('a cookie reads back as the value it was set to', ({ serve }) => {
  for (const [how, attributes, options] of [
    ['plain', {}, {}],
    ['signed', { signed: true }, { signed: true }],
    ['encrypted', { encrypted: true }, { encrypted: true }],
  ] as const) {
    for (const value of VALUES) {
      it(`${how}: ${JSON.stringify(value)}`, async () => {
        const read: unknown[] = []
        const app = await serve(
          (target: ResponseMethods, { url }) => {
            if (url === '/set') {
              target.setCookie('a', value, attributes)
              read.push(target.getCookie('a', options))
            } else {
              read.push(target.getCookie('a', options))
            }
            target.text('')
          },
          { kit: { cookies: { secrets: SECRET } } },
        )
        const Cookie = cookieAfter(await request(app.port, { path: '/set' }))
        await request(app.port, { path: '/get', headers: { Cookie } })
        expect(read).to.deep.equal([value, value])
      })
    }
  }

  it('is read by cookie-parser as the same value', async () => {
    for (const value of VALUES.filter((each) => each !== 's:signed.looking')) {
      const app = await serve((target) => void target.setCookie('a', value).text(''))
      const req: any = { headers: { cookie: cookieAfter(await request(app.port)) } }
      cookieParser()(req, {} as never, () => {})
      expect(req.cookies.a).to.deep.equal(value)
    }
  })

  it('after the head is sent, setCookie and deleteCookie are an error, also for a second cookie', async () => {
    const caught: unknown[] = []
    const app = await serve((target, { native }) => {
      const res = native.res ?? native.ctx.res
      if (native.ctx !== undefined) native.ctx.respond = false
      target.setCookie('a', '1').setCookie('b', '2')
      res.setHeader('Content-Length', '5')
      res.write('first')
      for (const call of [
        () => target.setCookie('c', '3'),
        () => target.setCookie('d', '4', { signed: true }),
        () => target.deleteCookie('a'),
      ]) {
        try {
          call()
          caught.push(undefined)
        } catch (error) {
          caught.push((error as { code?: unknown }).code)
        }
      }
      res.end()
    })
    const { headers, text } = await request(app.port)
    expect(text).to.equal('first')
    expect(headers['set-cookie']).to.deep.equal(['a=1; Path=/', 'b=2; Path=/'])
    expect(caught).to.deep.equal(['ALREADY_SENT', 'ALREADY_SENT', 'ALREADY_SENT'])
  })
})
