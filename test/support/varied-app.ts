import { Readable } from 'node:stream'
import compression from 'compression'
import cookieParser from 'cookie-parser'
import session from 'express-session'
import helmet from 'helmet'
import { responseKit } from '../../src/express/index.js'

/** An app that uses as much of Express as one app can: what the accelerated server must not change. */
export function createVariedApp(express: any): any {
  const app = express()
  app.set('env', 'test')
  app.set('trust proxy', 'loopback')
  app.set('subdomain offset', 1)
  app.response.extendedBefore = function extendedBefore(this: any) {
    return this.send('extended before')
  }
  Object.defineProperty(app.request, 'shout', {
    get() {
      return this.path.toUpperCase()
    },
  })
  addBodies(app)
  addRequestFacts(app)
  addFailures(app)
  addMounted(app, express)
  addMiddleware(app, express)
  app.use(express.static(import.meta.dirname, { index: false }))
  app.use('/caught', (error: any, _req: any, res: any, _next: any) => res.status(418).send(`caught ${error.message}`))
  app.response.extendedAfter = function extendedAfter(this: any) {
    return this.status(202).send('extended after')
  }
  return app
}

function addBodies(app: any): void {
  app.get('/text', (_req: any, res: any) => res.send('héllo'))
  app.get('/empty', (_req: any, res: any) => res.send(''))
  app.get('/null', (_req: any, res: any) => res.send(null))
  app.get('/bytes', (_req: any, res: any) => res.send(Buffer.from([0, 1, 2, 255])))
  app.all('/json', (req: any, res: any) => res.json({ method: req.method, list: [1, 2], none: null }))
  app.get('/jsonp', (_req: any, res: any) => res.jsonp({ a: 1 }))
  app.get('/status/:code', (req: any, res: any) => res.sendStatus(Number(req.params.code)))
  app.get('/cached', (_req: any, res: any) =>
    res.set('ETag', '"v1"').set('Last-Modified', 'Tue, 01 Jan 2030 00:00:00 GMT').send('cached'),
  )
  app.get('/redirect', (_req: any, res: any) => res.redirect(303, '/a path?x=é'))
  app.get('/fields', (_req: any, res: any) =>
    res
      .type('html')
      .vary('Accept')
      .vary('Origin')
      .append('X-Many', 'a')
      .append('X-Many', 'b')
      .links({ next: '/2', last: '/9' })
      .location('/here')
      .cookie('plain', 'va lue', { maxAge: 0, httpOnly: true })
      .cookie('object', { a: 1 })
      .attachment('é".txt')
      .send('fields'),
  )
  app.get('/format', (_req: any, res: any) =>
    res.format({ text: () => res.send('text'), json: () => res.json('json'), html: () => res.send('<p>html') }),
  )
  app.get('/chunks', (_req: any, res: any) => {
    res.write('one,')
    setImmediate(() => res.write('two,', () => res.end('three')))
  })
  app.get('/trailer', (_req: any, res: any) => {
    res.setHeader('Trailer', 'X-Sum')
    res.write('body')
    res.addTrailers({ 'X-Sum': '42' })
    res.end()
  })
  app.get('/raw', (_req: any, res: any) =>
    res.writeHead(201, 'Made', { 'Content-Length': '3', 'X-Raw': '1' }).end('raw'),
  )
  app.get('/early', (_req: any, res: any) =>
    res.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => res.send('late')),
  )
  app.get('/pipe', (_req: any, res: any) => Readable.from(['a', 'b', 'c'], { objectMode: false }).pipe(res.type('txt')))
  app.get('/file', (_req: any, res: any) =>
    res.sendFile('request.ts', { root: import.meta.dirname, lastModified: false }),
  )
  app.get('/download', (_req: any, res: any) => res.download(import.meta.filename, 'näme.ts', { lastModified: false }))
  app.get('/before', (_req: any, res: any) => res.extendedBefore())
  app.get('/after', (_req: any, res: any) => res.extendedAfter())
}

function addRequestFacts(app: any): void {
  app.get('/facts/:first/*rest'.replace('*rest', app.lazyrouter ? '*' : '*rest'), (req: any, res: any) =>
    res.json({
      params: req.params,
      query: req.query,
      path: [req.path, req.url, req.originalUrl, req.baseUrl, req.shout],
      host: [req.hostname, req.subdomains, req.protocol, req.secure, req.xhr],
      address: [req.ip, req.ips],
      accepts: [req.accepts('json', 'html'), req.acceptsEncodings('gzip'), req.acceptsLanguages('de', 'en')],
      headers: [req.get('X-Own'), req.headers, req.rawHeaders.length, req.httpVersion],
      range: req.range(100),
      fresh: [req.fresh, req.stale],
      keys: [Object.keys(req), Object.keys(res)],
      born: [Object.getPrototypeOf(req) === app.request, Object.getPrototypeOf(res) === app.response],
      kinds: [String(req), req.constructor.name, res.constructor.name, res.req === req, req.res === res],
    }),
  )
  app.post('/echo', (req: any, res: any) => req.pipe(res.type(req.get('Content-Type') ?? 'bin')))
  app.post('/ignored', (_req: any, res: any) => res.status(413).send('too much'))
}

function addFailures(app: any): void {
  app.get('/throw', () => {
    throw Object.assign(new Error('thrown'), { status: 422, headers: { 'X-Reason': 'thrown' } })
  })
  app.get('/next', (_req: any, _res: any, next: any) => next(new Error('passed on')))
  app.get('/caught/error', (_req: any, _res: any, next: any) => next(new Error('inside')))
  app.get('/skip', (_req: any, _res: any, next: any) => next('route'))
  app.get('/skip', (_req: any, res: any) => res.send('the other route'))
  app.get('/late', (_req: any, res: any, next: any) => res.write('begun', () => next(new Error('too late'))))
  app.get('/field', (_req: any, res: any) => res.set('X-Bad', 'a\nb').send('never'))
}

function addMounted(app: any, express: any): void {
  const mounted = express()
  mounted.response.inMounted = function inMounted(this: any) {
    return this.send(`mounted ${this.req.baseUrl} ${this.app === mounted} ${typeof this.extendedBefore}`)
  }
  mounted.get('/own', (_req: any, res: any) => res.inMounted())
  mounted.get('/leave', (_req: any, _res: any, next: any) => next())
  app.use('/mounted', mounted)
  app.get('/mounted/leave', (_req: any, res: any) => res.send(`left ${res.app === app} ${typeof res.inMounted}`))
  const routed = express()
  routed.get('/own', (_req: any, res: any) => res.send(`routed ${res.app === routed} ${typeof res.extendedBefore}`))
  routed.get('/leave', (_req: any, _res: any, next: any) => next())
  const router = express.Router()
  router.use('/sub', routed)
  router.get('/sub/leave', (_req: any, res: any) => res.send(`left the routed ${typeof res.send}`))
  router.param('id', (req: any, _res: any, next: any, id: string) =>
    next(Object.assign(req, { found: `<${id}>` }) && undefined),
  )
  router.get('/:id', (req: any, res: any) => res.send(`${req.found} under ${req.baseUrl}`))
  app.use('/router', router)
}

function addMiddleware(app: any, express: any): void {
  app.use('/body', express.json(), express.urlencoded({ extended: true }), (req: any, res: any) =>
    res.json(req.body ?? 'none'),
  )
  app.use('/packed', compression({ threshold: 0 }), (_req: any, res: any) => res.type('txt').send('x'.repeat(2000)))
  app.use('/safe', helmet(), (_req: any, res: any) => res.send('safe'))
  app.use('/cookies', cookieParser('secret'), (req: any, res: any) =>
    res.cookie('signed', 'yes', { signed: true }).json([req.cookies, req.signedCookies]),
  )
  const sessions = session({ secret: 's', resave: false, saveUninitialized: true, genid: () => 'fixed' })
  app.use('/session', sessions, (req: any, res: any) => {
    req.session.views = (req.session.views ?? 0) + 1
    res.send(`views ${req.session.views}`)
  })
  app.use('/kit', responseKit())
  app.get('/kit/text', (_req: any, res: any) => res.setStatus(203).text('from the kit'))
  app.get('/kit/empty', (_req: any, res: any) => res.empty())
}
