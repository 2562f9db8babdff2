import { createRequire } from 'node:module'
import { expect } from 'chai'
import qs from 'qs'
import { responseKit, verifySignedUrl } from '../../src/express/index.js'
import { defineRoutes } from '../../src/index.js'
import { listen } from '../support/frameworks.js'
import { request } from '../support/request.js'

const require = createRequire(import.meta.url)
const routes = defineRoutes({ doc: '/doc/:id' }, { secrets: 'a secret of at least thirty-two bytes' })
const url = routes.signedUrl('doc', { id: 7 }, { query: { readonly: '1', list: ['a', 'b'] } })

/** Parsers that an app can set by `query parser`. */
const parsers: Readonly<Record<string, unknown>> = {
  extended: 'extended',
  simple: 'simple',
  'with a limit of 20': (text: string) => qs.parse(text, { parameterLimit: 20 }),
  'with a limit of 5': (text: string) => qs.parse(text, { parameterLimit: 5 }),
  'with the delimiters ; and &': (text: string) => qs.parse(text, { delimiter: /[;&]/ }),
  'with dots': (text: string) => qs.parse(text, { allowDots: true }),
  'with commas': (text: string) => qs.parse(text, { comma: true }),
}

/** What a client adds to a signed URL. */
const additions: Readonly<Record<string, string>> = {
  'a parameter at the end': `${url}&utm_source=mail`,
  'a parameter at the beginning': url.replace('?', '?utm_source=mail&'),
  'a nested parameter': `${url}&utm_source[a]=mail`,
  '20 parameters at the beginning': url.replace('?', `?${'utm_x=1&'.repeat(20)}`),
  '20 parameters of different names': url.replace(
    '?',
    `?${Array.from({ length: 20 }, (_, at) => `utm_${at}=1&`).join('')}`,
  ),
  'a semicolon and a name that is signed': `${url}&utm_x=1;readonly`,
  'a semicolon and another name': `${url}&utm_x=1;role`,
  'a semicolon at the beginning': url.replace('?', '?utm_x=1;role&'),
}

for (const name of ['express4', 'express5']) {
  describe(`a signed URL, ignored parameters and the app's own parser: ${name}`, () => {
    for (const [title, parser] of Object.entries(parsers)) {
      for (const [what, changed] of Object.entries(additions)) {
        it(`${what}, read by a parser ${title}: the app sees what was signed, or the URL is refused`, async () => {
          const app = require(name)()
          app.set('query parser', parser)
          app.use(responseKit({ routes }))
          app.get(routes.path('doc'), verifySignedUrl({ ignore: ['utm_*'] }), (req: any, res: any) =>
            res.json(req.query),
          )
          app.get('/unguarded', (req: any, res: any) => res.json(req.query))
          const running = await listen(app)
          try {
            const query = url.slice(url.indexOf('?'))
            const signed = JSON.parse((await request(running.port, { path: `/unguarded${query}` })).text)
            const { status, text } = await request(running.port, { path: changed })
            const seen = status === 200 ? Object.entries(JSON.parse(text)) : []
            const rest = seen.filter(([key]) => !key.startsWith('utm_'))
            expect(status === 200 ? Object.fromEntries(rest) : status).to.deep.equal(status === 200 ? signed : 403)
            if (what === 'a parameter at the end') expect(status).to.equal(200)
          } finally {
            await running.close()
          }
        })
      }
    }
  })
}
