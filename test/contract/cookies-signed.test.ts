import { createHmac, timingSafeEqual } from 'node:crypto'
import { expect } from 'chai'
import cookieParser from 'cookie-parser'
import { sign } from 'cookie-signature'
import Keygrip from 'keygrip'
import { type AppOptions, frameworks, listen, type RunningApp } from '../support/frameworks.js'
import { type Answer, request } from '../support/request.js'

const cookiesOf = ({ headers }: Answer): string[] => headers['set-cookie'] ?? []
const asRequest = (answer: Answer): string =>
  cookiesOf(answer)
    .map((line) => line.split(';', 1)[0])
    .join('; ')

function pairOnly(text: string): string {
  if (!/^[^=]+=/.test(text)) throw new TypeError('no pair')
  return text
}

/** A signer that fails for a signature of another length. */
const strictSigner = {
  sign: (text: string) => createHmac('sha512-256', '').update(text).digest('hex'),
  index(text: string, signature: string) {
    return timingSafeEqual(Buffer.from(this.sign(text), 'hex'), Buffer.from(signature, 'hex')) ? 0 : -1
  },
}

const keygripsWithEmptyKey = [
  [', which fails for other signatures', strictSigner as unknown as Keygrip],
  ['', new Keygrip([''])],
  [', SHA-256', new Keygrip([''], 'sha256')],
  [', SHA-512 in hex', new Keygrip([''], 'sha512', 'hex')],
  [', SHA3-256 in base64url', new Keygrip([''], 'sha3-256', 'base64url')],
  [' beside a good one', new Keygrip(['secret', ''])],
] as const

/** The wire format is the host's own, so these answers differ between Express and Koa by design. */
for (const framework of frameworks) {
  const isExpress = framework.family === 'express'

  /** An app whose host has these keys, newest first. */
  const withHostKeys = (keys: string[] | Keygrip): AppOptions => ({
    setUp(app) {
      if (isExpress) app.use(cookieParser(keys as string[]))
      else app.keys = keys
    },
  })

  describe(`signed cookies: ${framework.name}`, () => {
    const running: RunningApp[] = []
    afterEach(() => Promise.all(running.splice(0).map((app) => app.close())))
    const ask = async (handler: Parameters<typeof framework.createListener>[0], options: AppOptions, cookie = '') => {
      const app = await listen(framework.createListener(handler, options, []))
      running.push(app)
      return request(app.port, { headers: cookie === '' ? {} : { Cookie: cookie } })
    }
    const set = (value: any, options: AppOptions) =>
      ask((target) => void target.setCookie('sid', value, { signed: true, httpOnly: true }).empty(), options)
    const read = async (cookie: string, options: AppOptions): Promise<unknown> => {
      const { text } = await ask(
        (target) => void target.text(JSON.stringify(target.getCookie('sid', { signed: true }) ?? null)),
        options,
        cookie,
      )
      return JSON.parse(text)
    }
    /** Set by the host's own call. */
    const setByHost = (value: any, options: AppOptions) =>
      ask((target, { native }) => {
        if (isExpress) native.res.cookie('sid', value, { signed: true })
        else native.ctx.cookies.set('sid', value, { signed: true })
        target.empty()
      }, options)
    /** Read by the host's own call. */
    const readByHost = async (cookie: string, options: AppOptions): Promise<unknown> => {
      const { text } = await ask(
        (target, { native }) => {
          const value = isExpress ? native.req.signedCookies.sid : native.ctx.cookies.get('sid', { signed: true })
          target.text(JSON.stringify(value ?? null))
        },
        options,
        cookie,
      )
      return JSON.parse(text)
    }

    it('are read with quotes around them, as the framework reads them', async () => {
      const options = withHostKeys(['secret'])
      const cookie = asRequest(await set('abc', options)).replace(/=([^;]+)/g, '="$1"')
      expect(cookie).to.match(isExpress ? /^sid="[^";]+"$/ : /^sid="abc"; sid.sig="[^";]+"$/)
      expect(await readByHost(cookie, options)).to.equal('abc')
      expect(await read(cookie, options)).to.equal('abc')
      expect(await read(cookie.replace('abc', 'abd'), options)).to.equal(null)
    })

    it("are the framework's own format, by its own keys", async () => {
      const answer = await set('abc', withHostKeys(['secret']))
      // Signatures computed with: printf %s abc | openssl dgst -sha256 -hmac secret -binary | base64 and
      // printf %s sid=abc | openssl dgst -sha1 -hmac secret -binary | base64
      expect(cookiesOf(answer)).to.deep.equal(
        isExpress
          ? ['sid=s%3Aabc.mUba1OAOkT%2FIvo5dP34RCkqegy%2BD%2BwnDRShdeGONig4; Path=/; HttpOnly']
          : ['sid=abc; Path=/; HttpOnly', 'sid.sig=BtpUTc8KW-nFW3iCLTNyod9p1iY; Path=/; HttpOnly'],
      )
    })

    it('are read by the host, as the host sets them and by ourselves', async () => {
      const options = withHostKeys(['secret'])
      const cookie = asRequest(await set('value', options))
      expect(await readByHost(cookie, options)).to.equal('value')
      expect(await read(cookie, options)).to.equal('value')
      expect(await read(asRequest(await setByHost('value', options)), options)).to.equal('value')
    })

    it('hold objects and text that has to be encoded', async () => {
      const options = withHostKeys(['secret'])
      const cookie = asRequest(await set({ a: ['ü', 1] }, options))
      expect(await read(cookie, options)).to.deep.equal({ a: ['ü', 1] })
      expect(await readByHost(cookie, options)).to.deep.equal(
        isExpress ? { a: ['ü', 1] } : encodeURIComponent('j:{"a":["ü",1]}'),
      )
      expect(await read(asRequest(await set('a b;ü', options)), options)).to.equal('a b;ü')
      if (isExpress) {
        expect(await read(asRequest(await setByHost({ a: 1 }, options)), options)).to.deep.equal({ a: 1 })
      }
    })

    it('are verified by every key of the host, and signed with the newest', async () => {
      const rotated = withHostKeys(['newest', 'older'])
      const older = asRequest(await setByHost('value', withHostKeys(['older'])))
      expect(await read(older, rotated)).to.equal('value')
      expect(await readByHost(asRequest(await set('value', rotated)), withHostKeys(['newest']))).to.equal('value')
    })

    it('are verified by every secret of the option, which goes before the keys of the host', async () => {
      const kit = { kit: { cookies: { secrets: ['newest', 'older'] } } }
      expect(await read(asRequest(await setByHost('value', withHostKeys(['older']))), kit)).to.equal('value')
      const both = { ...withHostKeys(['host']), ...kit }
      expect(await readByHost(asRequest(await set('value', both)), withHostKeys(['newest']))).to.equal('value')
      expect(await read(asRequest(await setByHost('value', both)), both)).to.equal(null)
    })

    it('are undefined when tampered with, unsigned, or signed by a stranger', async () => {
      const options = withHostKeys(['secret'])
      const cookie = asRequest(await set('value', options))
      expect(await read(cookie.replace('value', 'other'), options)).to.equal(null)
      expect(await read(cookie.slice(0, -1), options)).to.equal(null)
      expect(await read('sid=value', options)).to.equal(null)
      expect(await read('sid=s%3Avalue', options)).to.equal(null)
      expect(await read('sid=value; sid.sig=', options)).to.equal(null)
      expect(await read(asRequest(await set('value', withHostKeys(['stranger']))), options)).to.equal(null)
    })

    it('are seen on this response already, and gone once deleted', async () => {
      const options = withHostKeys(['secret'])
      const answer = await ask((target) => {
        target.setCookie('sid', 'new', { signed: true })
        const pending = target.getCookie('sid', { signed: true })
        target.deleteCookie('sid', { signed: true })
        target.text(`${pending} ${target.getCookie('sid', { signed: true })}`)
      }, options)
      expect(answer.text).to.equal('new undefined')
      const gone = 'Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'
      expect(cookiesOf(answer)).to.deep.equal(isExpress ? [`sid=; ${gone}`] : [`sid=; ${gone}`, `sid.sig=; ${gone}`])
    })

    it('are signed and verified by default where the defaults say so', async () => {
      const options = { kit: { cookies: { secrets: 'secret', defaults: { signed: true } } } }
      const handler: Parameters<typeof ask>[0] = (target) => void target.text(`${target.getCookie('sid')}`)
      const cookie = asRequest(await ask((target) => void target.setCookie('sid', 'value').empty(), options))
      expect((await ask(handler, options, cookie)).text).to.equal('value')
      expect((await ask(handler, options, 'sid=value')).text).to.equal('undefined')
    })

    for (const [keys, options] of [
      ['no key', {}],
      ['an empty key', withHostKeys([''])],
      ['an empty key beside a good one', withHostKeys(['', 'secret'])],
      // cookie-parser takes a text for one key. Koa's own cookies refuse it.
      ['a text in the place of the list', isExpress ? {} : withHostKeys('the secret of the app' as never)],
      ...(isExpress ? [] : keygripsWithEmptyKey).map(
        ([title, keygrip]) => [`an empty key of a Keygrip${title}`, withHostKeys(keygrip)] as const,
      ),
    ] as const)
      it(`need a key, and ${keys} does not count: the error names the places of a key`, async () => {
        const caught: unknown[] = []
        const answer = await ask((target) => {
          for (const call of [
            () => target.setCookie('sid', 'x', { signed: true }),
            () => target.getCookie('sid', { signed: true }),
          ]) {
            try {
              call()
            } catch (error) {
              caught.push(error)
            }
          }
          target.text('served')
        }, options)
        expect(answer.headers).not.to.have.property('set-cookie')
        expect(caught).to.have.length(2)
        for (const error of caught) {
          expect(error).to.include({ code: 'NOT_CONFIGURED' })
          expect(error)
            .to.have.property('message')
            .that.includes("'sid'")
            .and.includes('cookies.secrets')
            .and.includes(isExpress ? 'cookieParser' : 'app.keys')
            .and.not.includes('the secret of the app')
        }
      })

    if (isExpress) {
      it('are not genuine if an empty key has signed them, which cookie-parser has beside others', async () => {
        const options = withHostKeys(['newest', 'older', ''])
        for (const [key, expected] of [
          ['newest', 'admin'],
          ['older', 'admin'],
          ['', null],
        ] as const) {
          const cookie = `sid=${encodeURIComponent(`s:${sign('admin', key)}`)}`
          expect(await readByHost(cookie, options), 'by cookie-parser').to.equal('admin')
          expect(await read(cookie, options), `signed by '${key}'`).to.equal(expected)
        }
      })

      it('that are strings with the prefix of JSON are strings for cookie-parser too', async () => {
        const options = withHostKeys(['secret'])
        const cookie = asRequest(await set('j:{"admin":true}', options))
        expect(await readByHost(cookie, options)).to.equal('j:{"admin":true}')
        expect(await read(cookie, options)).to.equal('j:{"admin":true}')
      })
    }

    if (!isExpress) {
      it('are refused if a browser would drop their companion, which has a longer name', async () => {
        const answer = await ask(
          (target) => {
            const name = 'a'.repeat(4090)
            expect(() => target.setCookie(name, 'x', { signed: true })).to.throw(RangeError, 'at most 4096 bytes')
            target.text('served')
          },
          withHostKeys(['secret']),
        )
        expect(answer.text).to.equal('served')
        expect(answer.headers).not.to.have.property('set-cookie')
      })

      it('are signed by a Keygrip of another algorithm', async () => {
        const options = withHostKeys(new Keygrip(['secret'], 'sha256'))
        const cookie = asRequest(await set('value', options))
        expect(await readByHost(cookie, options)).to.equal('value')
        expect(await read(asRequest(await setByHost('value', options)), options)).to.equal('value')
      })

      for (const [title, signer] of [
        ['only signs', { sign: (pair: string) => `signed-${pair.length}` }],
        [
          'takes pairs alone',
          { sign: (pair: string) => new Keygrip(['secret']).sign(pairOnly(pair)), index: () => -1 },
        ],
        [
          'only signs, and only its own cookies',
          {
            sign(pair: string) {
              if (!pair.startsWith('sid=')) throw new TypeError('another cookie')
              return 'signed'
            },
          },
        ],
        [
          'verifies only its own cookies',
          {
            sign: (pair: string) => new Keygrip(['secret']).sign(pair),
            index(pair: string) {
              if (!pair.startsWith('sid=')) throw new TypeError('another cookie')
              return -1
            },
          },
        ],
        ['tells of a match by a boolean', { sign: () => 'A'.repeat(27), index: () => false }],
      ] as const) {
        it(`are signed by a signer of the app that ${title}, and a client cannot sign`, async () => {
          const options = withHostKeys(signer as never)
          const { status, headers } = await set('value', options)
          expect(status).to.equal(204)
          expect(headers['set-cookie']).to.have.length(2)
          expect(await read('sid=evil; sid.sig=evil', options)).to.equal(null)
        })
      }

      it('are read with a signer of the app that tells of a match by a boolean', async () => {
        const sign = (pair: string): string => new Keygrip(['secret']).sign(pair)
        const options = withHostKeys({ sign, index: (pair: string, given: string) => sign(pair) === given } as never)
        expect(await read(asRequest(await set('value', options)), options)).to.equal('value')
      })

      it('take their companion with them when deleted, though the call does not say signed', async () => {
        const answer = await ask(
          (target) => void target.deleteCookie('sid').empty(),
          withHostKeys(['secret']),
          'sid=a; sid.sig=b',
        )
        expect(cookiesOf(answer).map((line) => line.split(';', 1)[0])).to.deep.equal(['sid=', 'sid.sig='])
      })
    }
  })
}
