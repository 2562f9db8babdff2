import { expect } from 'chai'
import { createSettings } from '../../../src/shared/settings/settings.js'

const LONG = 'a secret of at least thirty-two bytes'

describe("the option 'cookies'", () => {
  const cases: readonly (readonly [cookies: any, message: RegExp])[] = [
    [true, /option 'cookies' must be an object, got true$/],
    [{ secret: 'x' }, /option 'cookies':.*'secret'.*did you mean 'secrets'/],
    [{ defaults: { samesite: 'lax' } }, /option 'cookies\.defaults':.*'samesite'.*'sameSite'/],
    [{ defaults: { maxAge: 86_400_000 } }, /option 'cookies\.defaults': maxAge .*milliseconds/],
    [{ defaults: { path: 'x' } }, /option 'cookies\.defaults': path .*'x'/],
    [{ defaults: null }, /option 'cookies\.defaults'.*null/],
    [{ defaults: 'lax' }, /option 'cookies\.defaults'.*'lax'/],
    [{ secrets: '' }, /option 'cookies\.secrets'/],
    [{ secrets: [] }, /option 'cookies\.secrets'/],
    [{ secrets: ['x', 5] }, /option 'cookies\.secrets'/],
    [{ encryptionKeys: 'short' }, /option 'cookies\.encryptionKeys'.*32 bytes/],
    [{ encryptionKeys: [LONG, 'short'] }, /option 'cookies\.encryptionKeys'.*32 bytes/],
  ]
  for (const [cookies, message] of cases) {
    it(`refuses ${JSON.stringify(cookies)}, naming it`, () => {
      expect(() => createSettings({ cookies }))
        .to.throw(Error, message)
        .with.property('code', 'INVALID_OPTION')
    })
  }

  it('shows no secret in an error', () => {
    const values: any[] = [{ secrets: ['hidden', 5] }, { encryptionKeys: ['hidden'] }, 'hidden', ['hidden']]
    for (const cookies of values) expect(() => createSettings({ cookies })).to.throw(/^((?!hidden).)*$/)
  })

  it('takes one secret or a list, newest first', () => {
    expect(createSettings({ cookies: { secrets: 'x' } }).cookies.secrets).to.deep.equal(['x'])
    expect(createSettings({ cookies: { secrets: ['x', 'y'] } }).cookies.secrets).to.deep.equal(['x', 'y'])
    expect(createSettings().cookies).to.deep.equal({ defaults: {}, secrets: undefined, sealingKeys: undefined })
  })

  it('makes sealing keys of encryptionKeys, else of secrets if they are long enough', () => {
    const { cookies } = createSettings({ cookies: { secrets: [LONG, `${LONG}!`] } })
    expect(cookies.sealingKeys).to.have.length(2)
    expect(createSettings({ cookies: { secrets: [LONG, 'short'] } }).cookies.sealingKeys).to.equal(undefined)
    const both = createSettings({ cookies: { secrets: 'short', encryptionKeys: LONG } }).cookies
    expect(both.sealingKeys?.[0].id).to.equal(cookies.sealingKeys?.[0].id)
  })

  it('keeps defaults apart from what becomes of the object they came from', () => {
    const defaults: Record<string, unknown> = { httpOnly: true }
    const settings = createSettings({ cookies: { defaults } })
    defaults.httpOnly = false
    expect(settings.cookies.defaults).to.deep.equal({ httpOnly: true })
  })
})
