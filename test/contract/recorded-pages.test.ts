import http from 'node:http'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import supertest from 'supertest'
import type { ResponseKitOptions } from '../../src/index.js'
import { frameworks, type Handler } from '../support/frameworks.js'
import { endSession, type InstallSession, sessionsOf } from '../support/sessions.js'
import { thrown } from '../support/thrown.js'

const kit: ResponseKitOptions = { back: { session: 'previousUrl', record: true, fallback: '/fallback' } }
const page = { Accept: 'text/html,application/xhtml+xml', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
const oldBrowser = { Accept: 'text/html,application/xhtml+xml' }

const handler: Handler = async (target, given) => {
  const { url, native } = given
  const [path] = url.split('?', 1)
  if (path === '/return' || path === '/save') return target.back()
  if (path === '/moved') return target.redirectLocal('/list')
  if (path === '/missing') return target.setStatus(404).html('none')
  if (path === '/broken') return target.setStatus(500).html('broken')
  if (path === '/made') return target.empty()
  if (path === '/export') return target.download(Buffer.from('a'), 'a.csv')
  if (path === '/stream') return target.streaming(['<p>', '</p>'], { type: 'text/html' })
  if (path === '/native') {
    if (native.ctx === undefined) native.res.send('<p>native')
    else native.ctx.body = '<p>native'
    return undefined
  }
  if (path === '/begun') {
    const res = native.res ?? native.ctx.res
    res.statusCode = 200 // Koa begins with 404
    res.setHeader('Content-Type', 'text/html').flushHeaders()
    if (native.ctx === undefined) return res.end('<p>begun')
    native.ctx.body = Readable.from([Buffer.from('<p>begun')])
    return undefined
  }
  if (path === '/ended') {
    const res = native.res ?? native.ctx.res
    res.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>ended')
    if (native.ctx !== undefined) native.ctx.respond = false
    return undefined
  }
  if (path === '/logout') {
    await endSession(given)
    return target.html('bye')
  }
  return target.html(`page ${path}`)
}

for (const framework of frameworks) {
  const createListener = (
    install: InstallSession | undefined,
    saves: string[] = [],
    options = kit,
  ): http.RequestListener =>
    framework.createListener(handler, { kit: options, setUp: (app) => install?.(app, saves) }, [])

  for (const [title, install] of Object.entries(sessionsOf(framework))) {
    describe(`pages recorded in ${title} on ${framework.name}`, () => {
      const start = () => supertest.agent(createListener(install))
      type Agent = ReturnType<typeof start>
      const backFrom = async (agent: Agent): Promise<unknown> => (await agent.post('/save')).headers.location

      it('are whole if their head is sent before the handler ends', async () => {
        for (const [path, text] of [
          ['/begun', '<p>begun'],
          ['/ended', '<p>ended'],
        ] as const) {
          for (const problems of [undefined, {}]) {
            const errors: Error[] = []
            const options = { kit, ...(problems && { problems }), setUp: (app: any) => install?.(app, []) }
            const agent = supertest.agent(framework.createListener(handler, options, errors))
            await agent.get('/list').set(page)
            expect((await agent.get(path).set(page)).text).to.equal(text)
            expect(errors).to.deep.equal([])
          }
        }
      })

      it('are where back goes to without a Referer', async () => {
        for (const headers of [page, oldBrowser]) {
          for (const path of ['/list?page=2', '/stream', '/native', '/a%20b?c=%C3%A9']) {
            const agent = start()
            const { status } = await agent.get(path).set(headers)
            expect([status, await backFrom(agent)], path).to.deep.equal([200, path])
          }
        }
      })

      it('are those of the latest page, also for a GET that goes back', async () => {
        const agent = start()
        await agent.get('/list').set(page)
        await agent.get('/edit').set(page)
        expect(await backFrom(agent)).to.equal('/edit')
        expect((await agent.get('/return').set(page)).headers.location).to.equal('/edit')
        expect(await backFrom(agent)).to.equal('/edit')
      })

      for (const [what, path, headers] of [
        [
          'an image',
          '/logo',
          { Accept: 'image/avif,image/webp,*/*', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' },
        ],
        ['an image of an old browser', '/logo', { Accept: 'image/avif,image/webp,*/*' }],
        ['a fetch()', '/data', { Accept: '*/*', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }],
        ['a fetch() for HTML', '/part', { Accept: 'text/html', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }],
        ['a script', '/app.js', { Accept: '*/*', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' }],
        ['an XMLHttpRequest', '/part', { Accept: 'text/html', 'X-Requested-With': 'XMLHttpRequest' }],
        ['a page in a frame', '/frame', { ...page, 'Sec-Fetch-Dest': 'iframe' }],
        ['a page fetched ahead', '/ahead', { ...page, 'Sec-Purpose': 'prefetch;prerender' }],
        ['a page fetched ahead by an old browser', '/ahead', { ...oldBrowser, Purpose: 'prefetch' }],
        ['a redirect', '/moved', page],
        ['a missing page', '/missing', page],
        ['a broken page', '/broken', page],
        ['no content', '/made', page],
        ['a download', '/export', page],
      ] as const) {
        it(`are not ${what}`, async () => {
          const agent = start()
          await agent.get('/list').set(page)
          await agent.get(path).set(headers)
          expect(await backFrom(agent)).to.equal('/list')
        })
      }

      it('are not what is asked by another method', async () => {
        const agent = start()
        await agent.get('/list').set(page)
        await agent.head('/head').set(page)
        await agent.post('/form').set(page)
        await agent.put('/put').set(page)
        expect(await backFrom(agent)).to.equal('/list')
      })

      it('are not lost if a Referer or a field counts first', async () => {
        const agent = start()
        await agent.get('/list').set(page)
        const posted = await agent.post('/save').set('Host', 'app.example').set('Referer', 'http://app.example/other')
        expect(posted.headers.location).to.equal('/other')
      })

      it('do not bring back a session that has ended', async () => {
        const agent = start()
        await agent.get('/list').set(page)
        expect((await agent.get('/logout').set(page)).status).to.equal(200)
        expect(await backFrom(agent)).to.equal('/fallback')
      })

      it('are not those of another host', async () => {
        const listener = createListener(install)
        const server = http.createServer(listener).listen(0, '127.0.0.1')
        try {
          const agent = supertest.agent(server)
          await agent.get('/list').set(page)
          const { port } = server.address() as { port: number }
          const cookie = (await agent.get('/list').set(page)).request.cookies
          await new Promise<void>((resolve, reject) => {
            const path = 'http://evil.example/trap'
            const asked = http.get({
              port,
              host: '127.0.0.1',
              path,
              headers: { ...page, Cookie: cookie },
              agent: false,
            })
            asked.on('error', reject).on('response', (answer) => answer.resume().on('end', () => resolve()))
          })
          expect(await backFrom(agent)).to.equal('/list')
        } finally {
          server.closeAllConnections()
          server.close()
        }
      })
    })
  }

  if (framework.family === 'express') {
    describe(`pages recorded for a writeHead() of the app on ${framework.name}`, () => {
      const [memory] = Object.values(sessionsOf(framework))
      for (const [title, head, isPage] of [
        ['of a page', [200, { 'content-type': 'text/html' }], true],
        ['with a reason', [200, 'Fine', { 'Content-Type': 'text/html' }], true],
        ['of a download', [200, { 'Content-Disposition': 'attachment' }], false],
        ['of a download, with a reason', [200, 'Fine', { 'content-disposition': 'Attachment; filename=a' }], false],
        ['of a download, in a list', [200, ['Content-Disposition', 'attachment']], false],
        ['of a download, in pairs', [200, [['Content-Disposition', 'attachment']]], false],
        ['of a download, after lines', [200, ['X-A', ['1', '2'], 'Content-Disposition', 'attachment']], false],
        ['of a redirect', [302, { Location: '/x' }], false],
        ['of an error', [404], false],
      ] as const) {
        it(`${isPage ? 'count' : 'do not count'}: ${title}`, async () => {
          const writes: Handler = (target, { method, native }) =>
            method === 'POST' ? target.back() : native.res.writeHead(...head).end('x')
          const agent = supertest.agent(
            framework.createListener(writes, { kit, setUp: (app) => memory?.(app, []) }, []),
          )
          await agent.get('/page').set(page)
          expect((await agent.post('/save')).headers.location).to.equal(isPage ? '/page' : '/fallback')
        })
      }
    })
  }

  describe(`recording on ${framework.name}`, () => {
    const [slow] = Object.entries(sessionsOf(framework)).filter(([title]) => title.includes('slow'))

    it('saves a session only if it has changed', async () => {
      const saves: string[] = []
      const agent = supertest.agent(createListener(slow?.[1], saves))
      for (let count = 0; count < 3; count++) await agent.get('/list').set(page)
      expect(saves).to.have.length(1)
      await agent.get('/logo').set('Accept', 'image/webp')
      expect(saves).to.have.length(1)
      await agent.get('/other').set(page)
      expect(saves).to.have.length(2)
    })

    it('starts no session for what is no page', async () => {
      const saves: string[] = []
      const agent = supertest.agent(createListener(slow?.[1], saves))
      const { headers } = await agent.get('/data').set('Sec-Fetch-Mode', 'cors')
      expect([headers['set-cookie'], saves]).to.deep.equal([undefined, []])
    })

    it('does nothing without the option', async () => {
      const saves: string[] = []
      const agent = supertest.agent(createListener(slow?.[1], saves, { back: { session: 'previousUrl' } }))
      const { headers } = await agent.get('/list').set(page)
      expect([headers['set-cookie'], saves]).to.deep.equal([undefined, []])
    })

    it('changes nothing of an app without a session', async () => {
      const agent = supertest.agent(createListener(undefined))
      for (const path of ['/list', '/stream', '/native', '/missing', '/export']) {
        const plain = await supertest(createListener(undefined, [], {}))
          .get(path)
          .set(page)
        const recorded = await agent.get(path).set(page)
        expect([recorded.status, recorded.text, recorded.headers['set-cookie']], path).to.deep.equal([
          plain.status,
          plain.text,
          undefined,
        ])
      }
      expect((await agent.post('/save')).headers.location).to.equal('/fallback')
    })

    it('survives a session that cannot be written', async () => {
      const setUp = (app: any) =>
        app.use(
          framework.family === 'express'
            ? (req: any, _res: any, next: any) => {
                req.session = Object.freeze({})
                next()
              }
            : (ctx: any, next: any) => {
                Object.defineProperty(ctx, 'session', {
                  get() {
                    throw new Error('no session')
                  },
                })
                return next()
              },
        )
      const { status, text } = await supertest(framework.createListener(handler, { kit, setUp }, []))
        .get('/list')
        .set(page)
      expect([status, text]).to.deep.equal([200, 'page /list'])
    })

    it('needs the name of the session property', () => {
      for (const back of [{ record: true }, { record: 1, session: 'a' }, { record: 'yes', session: 'a' }]) {
        const error = thrown(() => createListener(undefined, [], { back: back as never }))
        expect(error).to.have.property('code', 'INVALID_OPTION')
        expect(error.message).to.match(/back\.record/)
      }
    })
  })
}
