import { expect } from 'chai'
import { isNavigation } from '../../../src/shared/redirects/intended.js'
import { nodeExchange } from '../../support/node-exchange.js'

const PAGE = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

describe('isNavigation', () => {
  // Fetch Metadata Request Headers (W3C) §2.1 and §2.2, and what browsers without them send.
  for (const [title, headers, expected] of [
    ['a navigation', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: PAGE }, true],
    ['an iframe', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe', accept: PAGE }, true],
    ['a frame', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'frame', accept: PAGE }, true],
    ['an object', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object', accept: PAGE }, false],
    ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: 'image/*,*/*;q=0.8' }, false],
    ['a script', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script', accept: '*/*' }, false],
    ['fetch()', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' }, false],
    ['fetch() that asks for a page', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: PAGE }, false],
    ['a mode without a destination', { 'sec-fetch-mode': 'navigate' }, true],
    ['a destination without a mode', { 'sec-fetch-dest': 'image', accept: PAGE }, false],
    ['an old browser, a page', { accept: PAGE }, true],
    ['an old browser, an image', { accept: 'image/png,image/svg+xml;q=0.8,*/*;q=0.5' }, false],
    ['an old browser, XHTML', { accept: 'Application/XHTML+XML' }, true],
    ['an old script library', { accept: PAGE, 'x-requested-with': 'XMLHttpRequest' }, false],
    ['a client that says nothing', {}, true],
  ] as const) {
    it(`${title}: ${expected}`, () => expect(isNavigation(nodeExchange({ ...headers }).facts)).to.equal(expected))
  }
})
