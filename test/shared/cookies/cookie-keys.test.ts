import { expect } from 'chai'
import { sealingKeys, signingOf } from '../../../src/shared/cookies/cookie-keys.js'
import { nodeExchange } from '../../support/node-exchange.js'

const LONG = 'a secret of at least thirty-two bytes'

describe('signingOf', () => {
  it('takes the secrets of the kit for the format of the framework', () => {
    const { facts } = nodeExchange({}, { cookies: { secrets: [LONG] } })
    expect(signingOf(facts, 'sid')).to.deep.equal({ format: 'prefixed', keys: [LONG], verified: undefined })
  })

  it('is an error that names the cookie and what is missing', () => {
    expect(() => signingOf(nodeExchange().facts, 'sid'))
      .to.throw(/^signed cookie 'sid' needs the option 'cookies\.secrets' .* or cookieParser\('secret'\)/)
      .with.property('code', 'NOT_CONFIGURED')
  })
})

describe('sealingKeys', () => {
  it('are there if a secret has 32 bytes', () => {
    expect(() => sealingKeys(nodeExchange({}, { cookies: { secrets: LONG } }).facts, 'sid')).not.to.throw()
  })

  it('are not there without a secret; the error names the cookie and the option', () => {
    expect(() => sealingKeys(nodeExchange().facts, 'sid'))
      .to.throw(/^encrypted cookie 'sid' needs the option 'cookies\.encryptionKeys' of responseKit\(\)$/)
      .with.property('code', 'NOT_CONFIGURED')
  })

  it('are not there if the secrets are too short; the error says so', () => {
    const { emitWarning } = process
    process.emitWarning = () => {} // that a short secret warns has its own test
    const { facts } = nodeExchange({}, { cookies: { secrets: 'short' } })
    process.emitWarning = emitWarning
    expect(() => sealingKeys(facts, 'sid'))
      .to.throw(/: 'cookies\.secrets' are shorter than 32 bytes$/)
      .with.property('code', 'NOT_CONFIGURED')
  })
})
