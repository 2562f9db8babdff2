import http from 'node:http'
import net from 'node:net'
import { expect } from 'chai'
import type { ResponseMethods } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { promised } from '../support/promised.js'
import { request } from '../support/request.js'
import { Wire } from '../support/wire.js'

contract('header builders', ({ answer, serve, ask }) => {
  const fieldsOf = async (build: (target: ResponseMethods) => ResponseMethods) =>
    (await answer((target) => void build(target).text('x'))).headers

  it('cacheControl() writes directives in RFC order, and replaces what was staged', async () => {
    const headers = await fieldsOf((target) =>
      target
        .setHeader('Cache-Control', 'no-store')
        .cacheControl({ public: true, maxAge: '1h', staleWhileRevalidate: 60, immutable: true }),
    )
    expect(headers['cache-control']).to.equal('public, max-age=3600, immutable, stale-while-revalidate=60')
  })

  it('link() and preload() add to what the kit or the framework has staged', async () => {
    const headers = await fieldsOf((target) =>
      target
        .setHeader('Link', '</a>; rel="prev"')
        .link('/b?x=1,2', { rel: 'next', title: 'Größe' })
        .preload('/style.css', { as: 'style' })
        .preload('/font.woff2', { as: 'font', type: 'font/woff2' })
        .preload('/style.css', { as: 'style' }),
    )
    expect(headers.link).to.equal(
      '</a>; rel="prev", </b?x=1,2>; rel="next"; title*=UTF-8\'\'Gr%C3%B6%C3%9Fe, </style.css>; rel="preload"; as="style", ' +
        '</font.woff2>; rel="preload"; type="font/woff2"; as="font"; crossorigin',
    )
  })

  it('serverTiming() adds metrics', async () => {
    const headers = await fieldsOf((target) =>
      target.serverTiming('db', { durationMs: 53.25, description: 'find "it"' }).serverTiming('cache'),
    )
    expect(headers['server-timing']).to.equal('db;dur=53.25;desc="find \\"it\\"", cache')
  })

  it('contentLanguage(), allow(), clearSiteData() write their lists', async () => {
    const headers = await fieldsOf((target) =>
      target.contentLanguage('de', 'en-GB').allow('GET', 'HEAD').clearSiteData('cache', 'cookies'),
    )
    expect(headers['content-language']).to.equal('de, en-GB')
    expect(headers.allow).to.equal('GET, HEAD')
    expect(headers['clear-site-data']).to.equal('"cache", "cookies"')
    expect((await fieldsOf((target) => target.clearSiteData()))['clear-site-data']).to.equal('"*"')
    expect((await fieldsOf((target) => target.allow())).allow).to.equal('')
  })

  it('retryAfter() writes seconds or a date', async () => {
    expect((await fieldsOf((target) => target.retryAfter(120)))['retry-after']).to.equal('120')
    expect((await fieldsOf((target) => target.retryAfter('1500ms')))['retry-after']).to.equal('2')
    const date = new Date(Date.UTC(2030, 0, 2, 3, 4, 5))
    expect((await fieldsOf((target) => target.retryAfter(date)))['retry-after']).to.equal(
      'Wed, 02 Jan 2030 03:04:05 GMT',
    )
  })

  it('setEtag() quotes, and the preconditions of the body see it (RFC 9110 §13.1.2)', async () => {
    const app = await serve((target) => void target.setEtag('v1', { weak: true }).text('x'))
    expect((await ask(app)).headers.etag).to.equal('W/"v1"')
    expect((await ask(app, { headers: { 'If-None-Match': '"v1"' } })).status).to.equal(304)
    expect((await fieldsOf((target) => target.setEtag('"v2"'))).etag).to.equal('"v2"')
    expect((await fieldsOf((target) => target.setEtag('W/"v3"', { weak: true }))).etag).to.equal('W/"v3"')
  })

  it('setLastModified() is seen by the preconditions (RFC 9110 §13.1.3)', async () => {
    const app = await serve((target) => void target.setLastModified(new Date(Date.UTC(2020, 0, 1))).text('x'))
    expect((await ask(app)).headers['last-modified']).to.equal('Wed, 01 Jan 2020 00:00:00 GMT')
    const { status } = await ask(app, { headers: { 'If-Modified-Since': 'Wed, 01 Jan 2020 00:00:00 GMT' } })
    expect(status).to.equal(304)
  })

  it('setLastModified() never names a time to come (RFC 9110 §8.8.2.1)', async () => {
    const app = await serve((target) => void target.setLastModified(new Date(Date.now() + 3_600_000)).text('x'))
    const { headers } = await request(app.port)
    expect(Date.parse(headers['last-modified'] ?? '')).to.be.at.most(Date.parse(headers.date ?? ''))
  })

  it('refuses what is invalid before anything is written, naming it', async () => {
    const calls: readonly (readonly [(target: any) => unknown, RegExp])[] = [
      [(target) => target.cacheControl({ maxage: 1 }), /'maxage'.*'maxAge'/],
      [(target) => target.cacheControl({ maxAge: -1 }), /cacheControl: maxAge .*-1/],
      [(target) => target.cacheControl({ maxAge: Number.NaN }), /cacheControl: maxAge .*NaN/],
      [(target) => target.cacheControl({ public: 'yes' }), /cacheControl: public .*'yes'/],
      [(target) => target.cacheControl({ public: true, private: true }), /cacheControl: public .*private/],
      [(target) => target.cacheControl({ noCache: ['a b'] }), /cacheControl: noCache /],
      [(target) => target.cacheControl({}), /one directive or more/],
      [(target) => target.cacheControl('no-store\r\nX: y'), /cacheControl: directives/],
      [(target) => target.cacheControl('max-age=1; x'), /cacheControl: directives/],
      [(target) => target.cacheControl(null), /cacheControl/],
      [(target) => target.link('/a\r\nX: y', { rel: 'next' }), /link: target .*'\/a\\r\\nX: y'/],
      [(target) => target.link('', { rel: 'next' }), /link: target/],
      [(target) => target.link('/a', {}), /link: rel .*undefined/],
      [(target) => target.link('/a', { rel: 'next"; x' }), /link: rel/],
      [(target) => target.link('/a', { rel: [] }), /link: rel/],
      [(target) => target.link('/a', { rel: new Array(2) }), /link: rel/],
      [(target) => target.cacheControl({ private: new Array(2) }), /cacheControl: private/],
      [(target) => target.link('/a', { rel: 'next', type: 'ü' }), /link: type .*'ü'/],
      [(target) => target.link('/a', { rel: 'next', title: '\r\n\ud800' }), /link: title/],
      [(target) => target.link('/a', { rel: 'next', relation: 'x' }), /'relation'/],
      [(target) => target.link('/a'), /link\(\)/],
      [(target) => target.preload('/a', {}), /preload: as/],
      [(target) => target.preload('/a', { as: 'stylesheet' }), /preload: as .*'stylesheet'/],
      [(target) => target.preload('/a', { as: 'font', crossorigin: 'yes' }), /preload: crossorigin .*'yes'/],
      [(target) => target.serverTiming('d b'), /serverTiming: name .*'d b'/],
      [(target) => target.serverTiming('db', { durationMs: -1 }), /serverTiming: durationMs .*-1/],
      [(target) => target.serverTiming('db', { description: 'ü' }), /serverTiming: description .*'ü'/],
      [(target) => target.serverTiming('db', { dur: 1 }), /'dur'/],
      [(target) => target.contentLanguage(), /contentLanguage/],
      [(target) => target.contentLanguage('de,en'), /contentLanguage: tag .*'de,en'/],
      [(target) => target.retryAfter(-1), /retryAfter: when .*-1/],
      [(target) => target.retryAfter('soon'), /retryAfter: when .*'soon'/],
      [(target) => target.retryAfter(new Date(Number.NaN)), /retryAfter: when/],
      [(target) => target.allow('GET, POST'), /allow: method .*'GET, POST'/],
      [(target) => target.clearSiteData('cookie'), /clearSiteData: type .*'cookie'/],
      [(target) => target.setLastModified('yesterday'), /setLastModified: date .*'yesterday'/],
      [(target) => target.setLastModified(new Date(Number.NaN)), /setLastModified: date/],
      [(target) => target.setEtag('a"b'), /setEtag: tag .*'a"b'/],
      [(target) => target.setEtag('"a'), /setEtag: tag/],
      [(target) => target.setEtag(1), /setEtag: tag .*1/],
      [(target) => target.setEtag(Symbol('s')), /setEtag: tag .*Symbol\(s\)/],
      [(target) => target.setEtag('a\r\nb'), /setEtag: tag/],
      [(target) => target.setEtag('a', { week: true }), /setEtag.*'week'.*'weak'/],
      [(target) => target.setEtag('a', { weak: 'no' }), /setEtag: option 'weak' .*'no'/],
      [(target) => target.setEtag('a', true), /setEtag.*true/],
    ]
    const results: unknown[] = []
    const { rawHeaders } = await answer((target) => {
      for (const [call] of calls) {
        try {
          results.push(call(target))
        } catch (error) {
          results.push(error)
        }
      }
      target.empty()
    })
    for (const [index, [call, message]] of calls.entries()) {
      expect(results[index], call.toString())
        .to.be.an.instanceOf(Error)
        .and.have.property('code')
        .that.matches(/^INVALID_/)
      expect((results[index] as Error).message, call.toString()).to.match(message)
    }
    const names = rawHeaders.filter((_, index) => index % 2 === 0)
    expect(names).not.to.include.members(['Cache-Control'])
    expect(names.join()).not.to.match(/Link|Timing|Language|Retry|Allow|Clear|Last-Modified|ETag/i)
  })
})

contract('earlyHints()', ({ serve, ask }) => {
  const handler = (target: ResponseMethods) =>
    void target
      .preload('/style.css', { as: 'style' })
      .link('/next', { rel: 'next', title: 'two words' })
      .earlyHints()
      .text('done')
  const final = '</style.css>; rel="preload"; as="style", </next>; rel="next"; title="two words"'

  it('sends a 103 with the links Node can write, and the final response has them all (RFC 8297)', async () => {
    const app = await serve(handler)
    const hints: http.InformationEvent[] = []
    const link = await new Promise((resolve, reject) => {
      const outgoing = http.get({ port: app.port, host: '127.0.0.1', agent: false }, (incoming) => {
        incoming.resume().on('end', () => resolve(incoming.headers.link))
      })
      outgoing.on('information', (information) => hints.push(information)).on('error', reject)
    })
    expect(hints.map(({ statusCode, headers }) => [statusCode, headers.link])).to.deep.equal([
      [103, '</style.css>; rel="preload"; as="style"'],
    ])
    expect(link).to.equal(final)
  })

  it('sends no 1xx to an HTTP/1.0 client (RFC 9110 §15.2)', async () => {
    const app = await serve(handler)
    const text = await new Promise<string>((resolve, reject) => {
      let received = ''
      const socket = net.connect(app.port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'))
      socket.on('data', (chunk) => {
        received += chunk
      })
      socket.on('error', reject).on('close', () => resolve(received))
    })
    expect(text).to.match(/^HTTP\/1\.1 200 /)
    expect(text).to.include(`Link: ${final}\r\n`)
  })

  it('sends no 1xx for a pipelined request that waits for its turn: Node would write it into the body', async () => {
    const [answered, answer] = promised<void>()
    const app = await serve(async (target, { url }) => {
      if (url === '/first') {
        await answered
        target.text('first')
      } else {
        target.preload('/style.css', { as: 'style' }).earlyHints().bytes(Buffer.from('second'))
        answer()
      }
    })
    const wire = await Wire.connect(app.port)
    wire.get('/first').get('/second', 'Connection: close\r\n')
    const answers = (await wire.receiveAll()).toString()
    expect(answers).to.match(/\r\n\r\nfirstHTTP\/1\.1 200 OK\r\n.*\r\n\r\nsecond$/s)
    expect(answers).not.to.include('HTTP/1.1 103')
  })

  it('sends nothing if no link is staged', async () => {
    const app = await serve((target) => void target.earlyHints().text('done'))
    expect((await ask(app)).text).to.equal('done')
  })

  it('is ALREADY_SENT once the head has gone', async () => {
    let caught: unknown
    const app = await serve(async (target, { native }) => {
      const { res } = native
      res.write('x')
      try {
        target.earlyHints()
      } catch (error) {
        caught = error
      }
      res.end()
    })
    await request(app.port)
    expect(caught).to.include({ code: 'ALREADY_SENT' })
  })
})

contract('staging in the order users write it', ({ answer, serve, ask }) => {
  it('chains status, fields, cookies and body in any order', async () => {
    const first = await answer(
      (target) =>
        void target
          .setStatus(201)
          .setHeader('X-A', '1')
          .appendHeader('X-B', '1')
          .appendHeader('X-B', '2')
          .setHeaders({ 'X-C': 3, 'X-D': undefined, 'X-E': ['4', '5'] })
          .deleteHeader('x-a')
          .setCookie('a', '1')
          .cacheControl('no-store')
          .deleteCookie('b')
          .html('<p>made</p>'),
    )
    expect(first.status).to.equal(201)
    expect(first.headers).to.include({ 'x-b': '1, 2', 'x-c': '3', 'x-e': '4, 5', 'cache-control': 'no-store' })
    expect(first.headers).not.to.have.any.keys('x-a', 'x-d')
    const second = await answer(
      (target) =>
        void target
          .deleteCookie('b')
          .cacheControl('no-store')
          .setHeaders(
            new Headers([
              ['X-C', '3'],
              ['Set-Cookie', 'c=1'],
              ['Set-Cookie', 'd=2'],
            ]),
          )
          .setCookie('a', '1')
          .setHeaders(new Map([['X-E', '4']]))
          .setStatus(202)
          .text('taken'),
    )
    expect(second.status).to.equal(202)
    expect(second.headers).to.include({ 'x-c': '3', 'x-e': '4' })
    expect(second.headers['set-cookie']).to.deep.equal(['c=1', 'd=2', 'a=1; Path=/'])
  })

  it('getHeader() reads what is staged, in any letter case', async () => {
    const { text } = await answer((target) => {
      target.setHeader('X-One', '1').appendHeader('X-One', '2').setHeader('X-Number', 5)
      target.text(
        JSON.stringify([target.getHeader('x-one'), target.getHeader('X-NUMBER'), target.getHeader('X-None') ?? null]),
      )
    })
    expect(JSON.parse(text)).to.deep.equal([['1', '2'], 5, null])
  })

  it('refuses an invalid name, value or status before anything is written, naming it', async () => {
    const calls: readonly (readonly [(target: any) => unknown, RegExp])[] = [
      [(target) => target.setStatus(99), /99/],
      [(target) => target.setStatus(1000), /1000/],
      [(target) => target.setStatus('200'), /'200'/],
      [(target) => target.setStatus(200.5), /200\.5/],
      [(target) => target.setHeader('X Y', '1'), /X Y/],
      [(target) => target.setHeader('', '1'), /""|''/],
      [(target) => target.setHeader('X-Value', 'a\r\nb'), /X-Value/],
      [(target) => target.setHeader('X-Value', 'a\0'), /X-Value/],
      [(target) => target.setHeader('X-Value', undefined), /X-Value/i],
      [(target) => target.appendHeader('X Y', '1'), /X Y/],
      [(target) => target.appendHeader('X-Value', 'ü€'), /X-Value/],
      [(target) => target.setHeaders({ 'X-Fine': '1', 'X Y': '1' }), /X Y/],
      [(target) => target.setHeaders({ 'X-Fine': '1', 'X-Value': 'a\nb' }), /X-Value/],
      [(target) => target.setHeaders({ 'X-Fine': '1', 'X-Value': null }), /X-Value.*null/],
      [(target) => target.setHeaders({ 'X-Fine': '1', 'X-Value': {} }), /X-Value.*\{\}/],
      [(target) => target.setHeaders({ 'X-Fine': '1', 'X-Value': ['a', null] }), /X-Value/],
      [(target) => target.setHeaders('X-Fine: 1'), /setHeaders/],
      [(target) => target.setHeaders(null), /null/],
      [(target) => target.setHeaders([['X-Fine', '1']]), /setHeaders/],
    ]
    const results: unknown[] = []
    const app = await serve((target) => {
      results.length = 0
      for (const [call] of calls) {
        try {
          results.push(call(target))
        } catch (error) {
          results.push(error)
        }
      }
      target.text('still served')
    })
    const { status, headers, text } = await ask(app)
    expect([status, text]).to.deep.equal([200, 'still served'])
    expect(Object.keys(headers).filter((name) => name.startsWith('x-') && name !== 'x-powered-by')).to.deep.equal([])
    for (const [index, [call, message]] of calls.entries()) {
      expect(results[index], call.toString()).to.be.an.instanceOf(Error)
      expect((results[index] as Error).message, call.toString()).to.match(message)
    }
  })
})
