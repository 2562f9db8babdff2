import { expect } from 'chai'
import fc from 'fast-check'
import { localUrl, returnTarget } from '../../../src/shared/redirects/back.js'
import { nodeExchange } from '../../support/node-exchange.js'
import { hostileTargets } from '../../support/redirect-corpus.js'

const HOST = 'app.example'
const ORIGIN = `http://${HOST}`

describe('localUrl', () => {
  /** Wherever a client resolves it, it is a path of this origin. */
  function expectLocal(url: string | undefined, context: string): void {
    if (url === undefined) return
    expect(url, context).to.match(/^\/(?![/\\])[\x21-\x7e]*$/)
    expect(new URL(url, `${ORIGIN}/deep/page`).origin, context).to.equal(ORIGIN)
  }

  it('gives a path of this origin, or nothing, for every hostile target', () => {
    for (const target of hostileTargets(HOST)) {
      expectLocal(localUrl(target, ORIGIN), target)
      expectLocal(localUrl(target), target)
    }
  })

  it('gives a path of this origin, or nothing, for any text', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '%2f',
      '%5c',
      '@',
      ':',
      '?',
      '#',
      '\t',
      ' ',
      'evil.example',
      HOST,
      'http:',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
      fc.webUrl(),
    )
    fc.assert(
      fc.property(text, (target) => {
        expectLocal(localUrl(target, ORIGIN), target)
        expectLocal(localUrl(`/${target}`, ORIGIN), target)
        expectLocal(localUrl(`${ORIGIN}/${target}`, ORIGIN), target)
      }),
      { numRuns: 5000 },
    )
  })

  it('without a request accepts paths alone', () => {
    expect(localUrl('/a?b#c')).to.equal('/a?b#c')
    for (const url of ['http://localhost/a', 'a', '?a', '', undefined, ['/a'], { toString: () => '/a' }]) {
      expect(localUrl(url)).to.equal(undefined)
    }
  })
})

describe('returnTarget', () => {
  it('gives the first candidate that counts', () => {
    const { facts } = nodeExchange({ host: HOST })
    facts.req.method = 'POST'
    expect(returnTarget(facts, [undefined, 7, 'https://evil.example/', `${ORIGIN}/a`, '/b'])).to.equal('/a')
    expect(returnTarget(facts, ['//evil.example'])).to.equal(undefined)
  })

  it('gives nothing if the Host is missing or malformed', () => {
    for (const host of [undefined, '', 'a b', 'a@b', 'a/b']) {
      expect(returnTarget(nodeExchange(host === undefined ? {} : { host }).facts, ['/a'])).to.equal(undefined)
    }
  })
})
