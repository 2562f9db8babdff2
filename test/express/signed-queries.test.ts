import { createRequire } from 'node:module'
import { expect } from 'chai'
import qs from 'qs'
import { responseKit, verifySignedUrl } from '../../src/express/index.js'
import { defineRoutes } from '../../src/index.js'
import { listen } from '../support/frameworks.js'
import { request } from '../support/request.js'

const require = createRequire(import.meta.url)
const routes = defineRoutes({ doc: '/doc/:id' }, { secrets: 'a secret of at least thirty-two bytes' })
const query = { readonly: '1', list: ['a', 'b'], note: 'c;admin', ids: '7,8' }
const url = routes.signedUrl('doc', { id: 7 }, { query })

/** Parsers that an app can set by `query parser`. */
const parsers: Readonly<Record<string, unknown>> = {
  extended: 'extended',
  simple: 'simple',
  'with a limit of 20': (text: string) => qs.parse(text, { parameterLimit: 20 }),
  'with the delimiters ; and &': (text: string) => qs.parse(text, { delimiter: /[;&]/ }),
  'with dots': (text: string) => qs.parse(text, { allowDots: true }),
  'with commas': (text: string) => qs.parse(text, { comma: true }),
  'that puts all below one name': (text: string) => ({ params: qs.parse(text) }),
}

/** What a client or a mail service makes of a signed URL, and whether it is still valid. */
const changes: Readonly<Record<string, [changed: string, status: 200 | 403]>> = {
  nothing: [url, 200],
  'a parameter at the end': [`${url}&utm_source=mail`, 200],
  'a parameter at the beginning': [url.replace('?', '?utm_source=mail&'), 200],
  'a nested parameter': [`${url}&utm_source[a]=mail`, 200],
  'a parameter with a dot': [`${url}&utm_.a=mail`, 200],
  'a comma in a parameter that is ignored': [`${url}&utm_source=a,b`, 200],
  '10 parameters at the beginning': [url.replace('?', `?${'utm_x=1&'.repeat(10)}`), 200],
  '11 parameters at the beginning': [url.replace('?', `?${'utm_x=1&'.repeat(11)}`), 403],
  '990 parameters at the end': [url + '&utm_x=1'.repeat(990), 403],
  'a second question mark': [url.replace('?', '??'), 403],
  'a second question mark and the old query': [url.replace('?', '??readonly=1&'), 403],
  'a question mark before the parameters': [url.replace('?', '?&?'), 403],
  'a semicolon and a name that is signed': [`${url}&utm_x=1;readonly`, 403],
  'a semicolon and another name': [`${url}&utm_x=1;role`, 403],
  'a semicolon at the beginning': [url.replace('?', '?utm_x=1;role&'), 403],
  'a value after a semicolon': [`${url}&utm_x;role=admin`, 403],
  'a semicolon in the place of its escape': [url.replace('%3B', ';'), 403],
  'a comma in the place of its escape': [url.replace('%2C', ','), 403],
}

const withoutIgnored = (text: string): unknown =>
  JSON.parse(text, (key, value) => (key.startsWith('utm_') ? undefined : value))

for (const name of ['express4', 'express5']) {
  describe(`a signed URL and the query parser of the app: ${name}`, () => {
    for (const [title, parser] of Object.entries(parsers)) {
      for (const [what, [changed, expected]] of Object.entries(changes)) {
        it(`${what}, read by a parser ${title}: ${expected}, and the app sees what was signed`, async () => {
          const app = require(name)()
          app.set('query parser', parser)
          app.use(responseKit({ routes }))
          const show = (req: any, res: any): unknown => res.json(req.query)
          app.get(routes.path('doc'), verifySignedUrl({ ignore: ['utm_*'] }), show)
          app.get('/unguarded', show)
          const running = await listen(app)
          try {
            const signed = await request(running.port, { path: `/unguarded${url.slice(url.indexOf('?'))}` })
            const { status, text } = await request(running.port, { path: changed })
            expect(status).to.equal(expected)
            if (status === 200) expect(withoutIgnored(text)).to.deep.equal(JSON.parse(signed.text))
          } finally {
            await running.close()
          }
        })
      }
    }
  })
}
