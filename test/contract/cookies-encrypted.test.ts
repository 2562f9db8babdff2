import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { type Answer, request } from '../support/request.js'

const KEY = 'a secret of at least thirty-two bytes'
const OLDER = 'an older secret of at least 32 bytes!'

const cookieOf = ({ headers }: Answer): string => headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''

// The nonce is random: answers are compared with what they should say, not with each other.
contract('encrypted cookies', ({ serve, ask }) => {
  const kit = { cookies: { encryptionKeys: [KEY, OLDER] } }
  const setter = (value: any, options: any = kit) =>
    serve((target) => void target.setCookie('sid', value, { encrypted: true }).empty(), { kit: options })
  const reader = (options: any = kit) =>
    serve((target) => void target.text(JSON.stringify(target.getCookie('sid', { encrypted: true }) ?? null)), {
      kit: options,
    })
  const set = async (value: unknown, options?: unknown) => {
    const app = await setter(value, options)
    return cookieOf(await request(app.port))
  }
  const read = async (cookie: string, options?: unknown) =>
    JSON.parse((await ask(await reader(options), { headers: { Cookie: cookie } })).text)

  it('come back as they were set, and hide it on the way', async () => {
    const cookie = await set({ user: 'ünïque' })
    expect(cookie).to.match(/^sid=v1\.[\w-]+\.[\w-]+$/)
    expect(Buffer.from(cookie.split('.')[2] ?? '', 'base64url').includes('user')).to.equal(false)
    expect(await read(cookie)).to.deep.equal({ user: 'ünïque' })
    expect(await read(await set('text'))).to.equal('text')
  })

  it('are read on this response already', async () => {
    const app = await serve(
      (target) =>
        void target
          .setCookie('sid', 'new', { encrypted: true })
          .text(`${target.getCookie('sid', { encrypted: true })}`),
      { kit },
    )
    expect((await request(app.port)).text).to.equal('new')
  })

  it('set under an older key are read after a rotation', async () => {
    expect(await read(await set('text', { cookies: { encryptionKeys: OLDER } }))).to.equal('text')
  })

  it('take a long secret if there is no encryption key', async () => {
    const options = { cookies: { secrets: KEY } }
    expect(await read(await set('text', options), options)).to.equal('text')
  })

  it('are undefined when tampered with, truncated, or brought under another name', async () => {
    const cookie = await set('text')
    expect(await read(cookie.slice(0, -1))).to.equal(null)
    expect(await read(`${cookie.slice(0, -2)}${cookie.endsWith('AA') ? 'BB' : 'AA'}`)).to.equal(null)
    expect(await read('sid=plain')).to.equal(null)
    const other = await serve((target) => void target.text(`${target.getCookie('other', { encrypted: true })}`), {
      kit,
    })
    const answer = await ask(other, { headers: { Cookie: cookie.replace('sid=', 'other=') } })
    expect(answer.text).to.equal('undefined')
  })

  it('need a key: without one, or with a short secret, the error says which', async () => {
    for (const options of [{}, { cookies: { secrets: 'short' } }]) {
      let caught: unknown
      const app = await serve(
        (target) => {
          try {
            target.setCookie('sid', 'x', { encrypted: true })
          } catch (error) {
            caught = error
          }
          target.text('served')
        },
        { kit: options },
      )
      const { headers } = await ask(app)
      expect(headers).not.to.have.property('set-cookie')
      expect(caught).to.include({ code: 'NOT_CONFIGURED' })
      expect(caught)
        .to.have.property('message')
        .that.matches(/'sid'.*cookies\.encryptionKeys/)
      expect(caught).to.have.property('message').that.does.not.include("'short'")
    }
  })

  it('are encrypted and opened by default where the defaults say so', async () => {
    const options = { cookies: { encryptionKeys: KEY, defaults: { encrypted: true } } }
    const app = await serve((target) => void target.text(`${target.getCookie('sid')}`), { kit: options })
    const cookie = await set('by default', options)
    expect((await ask(app, { headers: { Cookie: cookie } })).text).to.equal('by default')
  })
})
