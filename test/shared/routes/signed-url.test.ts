import { createRequire } from 'node:module'
import querystring from 'node:querystring'
import { expect } from 'chai'
import fc from 'fast-check'
import { createSignedUrl, deriveSigningKeys, verifySignature } from '../../../src/shared/routes/signed-url.js'

/** The nested query parser of Express 4. */
const qs = createRequire(createRequire(import.meta.url).resolve('express4'))('qs')
const keys = deriveSigningKeys(['a secret of thirty-two bytes or more'])
const signer = { keys, base: '', expressions: [] }
const nothing = () => false

const parsers: Record<string, (query: string) => object> = {
  querystring: (query) => ({ ...querystring.parse(query) }),
  qs: (query) => qs.parse(query, { allowPrototypes: true }),
  URLSearchParams: (query) => {
    const all: Record<string, string[]> = {}
    for (const [name, value] of new URLSearchParams(query)) {
      all[name] ??= []
      all[name].push(value)
    }
    return all
  },
}

/** What a client or an attacker may do to a query. */
const piece = fc.oneof(
  fc.constantFrom(
    '?',
    '&',
    '=',
    '+',
    ';',
    '%',
    '[',
    ']',
    '%5B',
    '%5D',
    '%00',
    '%26',
    '%3D',
    '%FF',
    '#',
    '\\',
    '/',
    '.',
  ),
  fc.constantFrom(
    'a=1',
    'b=2',
    '&a=1',
    '&&',
    'a[]=1',
    'a[b]=',
    ']=',
    'expires=9',
    '%73ignature=x',
    'once=1',
    '&signature=',
  ),
  fc.string({ maxLength: 3 }),
)
const edit = fc.record({ at: fc.nat(200), remove: fc.nat(4), insert: piece })
const value = fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('', 'x y', ']=', 'a&b', 'é', '?'))
const query = fc.dictionary(fc.constantFrom('a', 'b', 'a[b]', 'a[]', 'user', 'readonly', 'é'), value, { maxKeys: 4 })

describe('a signed URL whose query was changed', () => {
  it('is invalid, or every parser of the frameworks reads what was signed', () => {
    let valid = 0
    fc.assert(
      fc.property(query, fc.array(edit, { maxLength: 3 }), (parameters, edits) => {
        const url = createSignedUrl('/doc/7', { query: parameters }, keys)
        let changed = url.slice('/doc/7?'.length)
        for (const { at, remove, insert } of edits) {
          const index = at % (changed.length + 1)
          changed = changed.slice(0, index) + insert + changed.slice(index + remove)
        }
        if (verifySignature(`/doc/7?${changed}`, 0, signer, nothing).result !== 'valid') return
        valid++
        for (const [name, parse] of Object.entries(parsers)) {
          expect(parse(changed), `${name} of ${changed}`).to.deep.equal(parse(url.slice('/doc/7?'.length)))
        }
      }),
      { numRuns: 20_000 },
    )
    expect(valid, 'valid URLs').to.be.greaterThan(1000)
  })

  it('is invalid for each way in which parsers disagree', () => {
    const signed = createSignedUrl('/doc/7', { query: { readonly: 1, user: 'bob' } }, keys)
    const [, own = ''] = signed.split('?')
    for (const changed of [`?${own}`, `&${own}`, `${own}&`, `${'&'.repeat(1000)}${own}`, own.replace('=1', '')]) {
      expect(verifySignature(`/doc/7?${changed}`, 0, signer, nothing), changed).to.deep.equal({ result: 'invalid' })
    }
    expect(verifySignature(signed, 0, signer, nothing)).to.include({ result: 'valid' })
  })

  it('is judged in time that grows with its length alone', () => {
    const signed = createSignedUrl('/doc/7', {}, keys)
    for (const filler of ['a=1&', '&', '%', '[', 'a[', '=', '+', '%61=&', '?']) {
      const times = [16_000, 32_000].map((length) => {
        const url = signed.replace('?', `?${filler.repeat(length / filler.length)}`)
        const runs = Array.from({ length: 5 }, () => {
          const start = process.hrtime.bigint()
          verifySignature(url, 0, signer, nothing)
          return Number(process.hrtime.bigint() - start) / 1e6
        })
        return Math.min(...runs)
      })
      expect(times[1], `${filler}: ${times}`).to.be.lessThan(50)
    }
  })
})
