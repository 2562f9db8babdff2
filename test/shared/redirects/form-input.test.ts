import { expect } from 'chai'
import { formInput, type InputOptions } from '../../../src/shared/redirects/form-input.js'
import { nodeExchange } from '../../support/node-exchange.js'

function inputOf(form: unknown, options?: InputOptions): Record<string, unknown> {
  const { facts } = nodeExchange()
  Object.assign(facts.req, { body: form })
  return formInput(facts, options)
}

const SECRET =
  `password Password PASSWORD pass passwd pwd newPassword new_password new-password newpassword password2 passwordConfirm
  password_confirmation user[password] user.password user[profile][newPassword] passphrase passcode userpass dbPass pin PIN pin_code
  pinCode user[pin] otp otpCode one_time_code totp cvv cvv2 cvc card[cvc] csc iban account_iban ssn social_security secret client_secret
  clientSecret clientsecret token accessToken access_token csrfToken _csrf csrftoken authenticity_token api_key apiKey APIKey api-key
  apikey x-api-key private_key card_number cardNumber cardnumber Card_Number card-number creditCard credit_card cc_number
  security_code session_id jwt credentials passwort 2fa ｐａｓｓｗｏｒｄ encryption_key signing-key user[ssh_key] recovery_key encryptionKey
  recovery_phrase recoveryCode recovery_codes[0] backup_code backupCodes[] twoFactorCode bearer wallet[mnemonic] seed_phrase`.split(
    /\s+/,
  )

const PLAIN =
  `name email shipping shippingAddress spinner pinned opinion compass passenger passengers passport bypass secretary
  secretariat tokenizer key keyword keys apiary card cardholder card_holder number account user pinterest cvs optional topping classic
  assn author authors sandwich-type message tags[] user[name] 4 données
  seed phrase backup recovery code codes encryption sshHost signing twoFactor bearing`.split(/\s+/)

describe('formInput: which fields may come back', () => {
  for (const name of SECRET) {
    it(`not ${name}`, () => expect(inputOf({ [name]: 'x', other: 'y' })).to.deep.equal({ other: 'y' }))
  }
  for (const name of PLAIN) {
    it(`${name}`, () => expect(inputOf({ [name]: 'x' })).to.deep.equal({ [name]: 'x' }))
  }

  it('the same at every depth of objects and lists', () => {
    const form = {
      user: { name: 'Ann', password: 'x', more: [{ pin: '1', city: 'Oslo' }, ['a', { token: 't' }]] },
      card: { number: '4111', holder: 'Ann' },
      cards: [{ name: 'main', cvv: '1' }],
      fields: [
        { name: 'password', value: 'x' },
        { name: 'city', value: 'Oslo' },
      ],
    }
    expect(inputOf(form)).to.deep.equal({
      user: { name: 'Ann', more: [{ city: 'Oslo' }, ['a', {}]] },
      card: { holder: 'Ann' },
      cards: [{ name: 'main' }],
      fields: [{ name: 'password' }, { name: 'city', value: 'Oslo' }],
    })
  })

  it('more names with `hide`, at every depth', () => {
    const form = { salary: 1, user: { homePhone: '1', name: 'Ann' }, 'user[home_phone]': '2' }
    expect(inputOf(form, { hide: ['salary', 'home phone'] })).to.deep.equal({ user: { name: 'Ann' } })
  })

  it('a name on the list with `allow`, and no other', () => {
    const form = { pin: 'x', map: { pin: 'y' }, pin_code: '1', 'shop[pin]': 'z' }
    expect(inputOf(form, { allow: ['pin', 'shop[pin]'] })).to.deep.equal({
      pin: 'x',
      map: { pin: 'y' },
      'shop[pin]': 'z',
    })
  })

  it('not the field of back(), nor names too long for a form, nor values nested without end', () => {
    let deep: unknown = 'x'
    for (let depth = 0; depth < 100_000; depth++) deep = [deep]
    const input = inputOf({ __back: '/x', ['a'.repeat(100_000)]: 1, deep, name: 'Ann' })
    expect(input).to.include({ name: 'Ann' }).and.not.have.property('__back')
    expect(JSON.stringify(input).length).to.be.lessThan(200)
  })

  it('nothing if there are more different names than any form has', () => {
    const named = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 'x']))
    expect(Object.keys(inputOf(named(3000)))).to.have.lengthOf(3000)
    for (const names of [
      named(20_000),
      { ...named(10), deep: [named(20_000)] },
      { list: Object.entries(named(20_000)).map(([name, value]) => ({ name, value })) },
    ]) {
      expect(inputOf(names)).to.deep.equal({})
    }
  })

  it('a table whose rows have the same names', () => {
    const rows = Array.from({ length: 10_000 }, () => ({ article: 'x', count: '1', size: 'm' }))
    expect(inputOf({ rows })).to.deep.equal({ rows })
  })

  it('nothing of a body that is no record', () => {
    for (const form of [undefined, null, 'a=1', 7, ['a'], Buffer.from('a')]) {
      expect(Object.keys(inputOf(form)), String(form)).to.deep.equal([])
    }
  })

  it('dates as they are; a client cannot make a date of a record', () => {
    const date = new Date(0)
    expect(inputOf({ date })).to.deep.equal({ date })
    expect(inputOf({ user: { toJSON: 'x', password: 'y' } })).to.deep.equal({ user: { toJSON: 'x' } })
  })

  it('own properties alone, and no prototype is changed', () => {
    const form = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"a": 1}}')
    const input = inputOf(form)
    expect(Object.keys(input)).to.deep.equal(['__proto__', 'constructor'])
    expect(({} as { polluted?: number }).polluted).to.equal(undefined)
  })

  for (const [title, options] of [
    ['an unknown option', { only: ['a'] }],
    ['names that are no list', { hide: 'a' }],
    ['names that are no text', { allow: [1] }],
  ] as const) {
    it(`${title} is INVALID_OPTION`, () => {
      expect(() => inputOf({}, options as never))
        .to.throw()
        .with.property('code', 'INVALID_OPTION')
    })
  }

  it('by a verdict that is made once for a name, however often it comes', () => {
    const name = 'a1'.repeat(100) // two hundred words
    const rows = Array(50_000).fill({ [name]: '1' })
    const start = process.cpuUsage()
    expect(inputOf({ rows })).to.have.property('rows').with.length(50_000)
    expect(process.cpuUsage(start).user).to.be.lessThan(1_000_000) // in microseconds
  })

  it('in time that grows with the number of names alone', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `aA${'A'.repeat(150)}${index}`)
    const form = Object.fromEntries(names.map((name) => [name, 1]))
    const start = performance.now()
    inputOf(form)
    expect(performance.now() - start).to.be.lessThan(2000)
  })
})
