import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'
import cookieParser from 'cookie-parser'
import cookieSession from 'cookie-session'
import session from 'koa-session'
import { EXCHANGE } from '../../src/shared/exchange/exchange.js'
import { type AppOptions, frameworks, type Handler, listen, type RunningApp } from '../support/frameworks.js'
import { type Answer, request } from '../support/request.js'

const cookiesOf = ({ headers }: Answer): string[] => headers['set-cookie'] ?? []

for (const framework of frameworks) {
  const isExpress = framework.family === 'express'
  /** The framework's own call, with no attributes but the path. */
  const setByHost = (native: any, name: string, value: string) =>
    isExpress ? native.res.cookie(name, value) : native.ctx.cookies.set(name, value, { httpOnly: false })
  const hostLine = (name: string, value: string) => `${name}=${value}; ${isExpress ? 'Path' : 'path'}=/`

  describe(`cookies beside other writers: ${framework.name}`, () => {
    const running: RunningApp[] = []
    afterEach(() => Promise.all(running.splice(0).map((app) => app.close())))
    const ask = async (handler: Handler, options: AppOptions = {}, cookie?: string) => {
      const app = await listen(framework.createListener(handler, options, []))
      running.push(app)
      return request(app.port, { headers: cookie === undefined ? {} : { Cookie: cookie } })
    }

    it("keeps the framework's cookies, and is kept by them", async () => {
      const answer = await ask((target, { native }) => {
        setByHost(native, 'before', '1')
        target.setCookie('kit', '2')
        setByHost(native, 'after', '3')
        target.setCookie('kit2', '4').text('')
      })
      expect(cookiesOf(answer)).to.deep.equal([
        hostLine('before', '1'),
        'kit=2; Path=/',
        hostLine('after', '3'),
        'kit2=4; Path=/',
      ])
    })

    it("replaces a pending cookie of the framework's own", async () => {
      const answer = await ask((target, { native }) => {
        setByHost(native, 'a', 'host')
        setByHost(native, 'b', 'host')
        target.setCookie('a', 'kit').text('')
      })
      expect(cookiesOf(answer)).to.deep.equal([hostLine('b', 'host'), 'a=kit; Path=/'])
    })

    it("deletes a pending cookie of the framework's own", async () => {
      const answer = await ask((target, { native }) => {
        setByHost(native, 'a', 'host')
        target.deleteCookie('a').text('')
      })
      expect(cookiesOf(answer)).to.deep.equal(['a=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])
    })

    it("getCookie sees what the framework's own call has set or cleared", async () => {
      const answer = await ask(
        (target, { native }) => {
          setByHost(native, 'a', 'host')
          if (isExpress) native.res.clearCookie('b')
          else native.ctx.cookies.set('b', null)
          target.text(`${target.getCookie('a')} ${target.getCookie('b')}`)
        },
        {},
        'a=old; b=old',
      )
      expect(answer.text).to.equal('host undefined')
    })

    const clearByHost = (native: any, name: string, path: string) =>
      isExpress ? native.res.clearCookie(name, { path }) : native.ctx.cookies.set(name, null, { path })
    const orders: { title: string; write: (target: any, native: any) => void; held: string }[] = [
      {
        title: 'set by the kit, then cleared by the framework',
        write(target, native) {
          target.setCookie('a', '1')
          clearByHost(native, 'a', '/')
        },
        held: 'undefined',
      },
      {
        title: 'set and then cleared by the framework',
        write(_target, native) {
          setByHost(native, 'a', '1')
          clearByHost(native, 'a', '/')
        },
        held: 'undefined',
      },
      {
        title: 'cleared, then set',
        write(target, native) {
          clearByHost(native, 'a', '/')
          target.setCookie('a', '1')
        },
        held: '1',
      },
      {
        title: 'set at /, then cleared at another path',
        write(target, native) {
          target.setCookie('a', '1')
          clearByHost(native, 'a', '/other')
        },
        held: '1',
      },
    ]
    for (const { title, write, held } of orders) {
      it(`getCookie takes the lines in the order of a browser: ${title} (RFC 6265bis §5.7)`, async () => {
        const answer = await ask(
          (target, { native }) => {
            write(target, native)
            target.text(`${target.getCookie('a')}`)
          },
          {},
          'a=old',
        )
        expect(answer.text).to.equal(held)
      })
    }

    it('reads what the framework reads', async () => {
      const answer = await ask(
        (target, { native }) => {
          const read = (name: string) => (isExpress ? native.req.cookies[name] : native.ctx.cookies.get(name))
          target.text(JSON.stringify(['a', 'b', 'c', 'none'].map((name) => [read(name), target.getCookie(name)])))
        },
        isExpress ? { setUp: (app) => app.use(cookieParser()) } : {},
        'a=1; b="quoted"; c=first; c=second; d',
      )
      expect(JSON.parse(answer.text)).to.deep.equal([
        ['1', '1'],
        ['quoted', 'quoted'],
        ['first', 'first'],
        [null, null],
      ])
    })

    it('a session cookie and the kit live side by side, whichever was first', async () => {
      const options: AppOptions = {
        setUp(app) {
          if (isExpress) app.use(cookieSession({ name: 'sess', secret: 'secret' }))
          else {
            app.keys = ['secret']
            app.use(session({ key: 'sess' }, app))
          }
        },
      }
      const answer = await ask((target, { native }) => {
        target.setCookie('a', '1')
        const holder = isExpress ? native.req : native.ctx
        holder.session.user = 'u'
        target.setCookie('b', '2').setCookie('a', '3').text('')
      }, options)
      expect(cookiesOf(answer).map((line) => line.split('=', 1)[0])).to.have.members(['a', 'b', 'sess', 'sess.sig'])
      expect(cookiesOf(answer)).to.include.members(['b=2; Path=/', 'a=3; Path=/'])
    })

    it('parses the request once, and only when it is asked', async () => {
      const seen: unknown[] = []
      await ask(
        (target) => {
          const { headers } = (target as any)[EXCHANGE].facts.req
          const { cookie } = headers
          let reads = 0
          Object.defineProperty(headers, 'cookie', { get: () => [cookie, reads++][0], configurable: true })
          target.setCookie('x', '1')
          seen.push(reads)
          seen.push(target.getCookie('a'), reads, target.getCookie('b'), reads)
          target.text('')
        },
        {},
        'a=1; b=2',
      )
      expect(seen).to.deep.equal([0, '1', 1, '2', 1])
    })
  })
}

describe('more than 50 cookies on one response (RFC 6265bis §6.1)', () => {
  it('are told to the debug channel, once', async () => {
    const script = `
      const { nodeExchange } = await import('./test/support/node-exchange.js')
      const { setCookie } = await import('./src/shared/cookies/cookies.js')
      const exchange = nodeExchange()
      for (let index = 0; index < Number(process.argv[1]); index++) setCookie(exchange, 'c' + index, '1')
      setCookie(exchange, 'c0', 'again')
      console.log(exchange.facts.res.getHeader('Set-Cookie').length)`
    const run = (count: string) =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, count], {
        env: { ...process.env, NODE_DEBUG: 'response-kit' },
      })
    const [few, many] = await Promise.all([run('50'), run('53')])
    expect([few.stdout.trim(), many.stdout.trim()]).to.deep.equal(['50', '53'])
    expect(few.stderr).not.to.include('cookies')
    expect(many.stderr.match(/more than 50 cookies/g)).to.have.length(1)
  })
})
