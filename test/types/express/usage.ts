import express, { type NextFunction, type Request, type Response, Router } from 'express'
import {
  type Channel,
  type ChannelClient,
  type ChannelEvent,
  type Channels,
  channel,
  channels,
  type EventStreamOptions,
  json,
  Reply,
  type ResponseMethods,
  type Sent,
  sse,
} from 'response-kit'
import {
  createServer,
  type ResponseKitOptions,
  respond,
  responseKit,
  serverOptions,
  verifySignedUrl,
} from 'response-kit/express'
import type { HasEveryMethod } from '../method-names.js'
import { type Equal, holds } from '../not-any.js'

holds<HasEveryMethod<Response>>()

const options: ResponseKitOptions = { etag: 'strong', back: { fallback: '/home' }, override: ['html'] }
const app = express()
app.use(responseKit())
app.use('/reports', responseKit(options))
const router = Router()
router.use(responseKit())
app.use(router)

app.get('/staging', (_req, res) => {
  res.setStatus(201).setHeader('X-A', '1').appendHeader('X-A', '2').setHeaders({ 'X-B': 1, 'X-C': undefined }).text('x')
  res
    .setHeaders(new Map([['X-A', '1']]))
    .setHeaders(new Headers())
    .deleteHeader('X-A')
    .status(200)
    .send('native')
  const field: string | number | readonly string[] | undefined = res.getHeader('X-A')
  res
    .cacheControl({ public: true, maxAge: '1h', noCache: ['Set-Cookie'] })
    .link('/b', { rel: ['next', 'prefetch'] })
    .preload('/a.css', { as: 'style' })
    .earlyHints()
    .serverTiming('db', { durationMs: 5 })
    .contentLanguage('de')
    .retryAfter(new Date())
    .allow('GET')
    .clearSiteData('cache')
    .setLastModified(new Date())
    .setEtag('v1', { weak: true })
  holds<Equal<ReturnType<typeof res.getCookie>, string | Record<string, unknown> | unknown[] | undefined>>()
  res.setCookie('a', { b: 1 }, { maxAge: '1h', sameSite: 'lax' }).deleteCookie('a').cookie('b', 'native')
  return void field
})
app.get('/bodies', (_req, res) => {
  res.text('a').html('b').bytes(new Uint8Array()).empty()
  res.json({ native: true })
  res.problem({ status: 404, detail: 'gone', balance: 30 })
})
app.get('/files', async (_req, res) => {
  await res.file('a.png', { type: 'image/png', etag: 'content' })
  holds<Equal<ReturnType<typeof res.zip>, Sent>>()
  await res.created('user', { id: 7 }, { id: 7 })
  await res.created('/users/7', undefined, 'made')
  await res.download('a.pdf', 'b.pdf', { root: '/srv' })
  await res.download('a.pdf', { root: '/srv', digest: 'sha-256' })
  await res.download(new Uint8Array(), 'a.bin')
  await res.download('a.pdf', undefined, { root: '/srv' })
  await res.download('a.pdf', null)
  const sent: Sent = res.download('a.pdf')
  const promise: Promise<void> = res.file('a.png')
  await Promise.all([sent, promise])
})
app.get('/callbacks', (_req, res) => {
  // A callback tells how the response ended: these calls return nothing.
  const log = (error?: Error) => void error?.message
  const nothing = [
    res.file('a.png', (error) => void error?.message),
    res.file('a.png', { etag: false }, (error) => void error?.message),
    res.download('a.pdf', (error) => void error?.message),
    res.download(new Uint8Array(), log),
    res.download(new Uint8Array(), 'a.bin', (error) => void error?.message),
    res.download('a.pdf', { root: '/srv', digest: 'sha-256' }, (error) => void error?.message),
    res.download('a.pdf', null, { digest: 'sha-256' }, (error) => void error?.message),
  ]
  holds<Equal<(typeof nothing)[number], void>>()
})
app.get('/express-download', (_req, res, next) => {
  res.download('a.pdf')
  res.download('a.pdf', (error) => void error)
  res.download('a.pdf', 'b.pdf')
  res.download('a.pdf', 'b.pdf', (error) => next(error))
  res.download('a.pdf', 'b.pdf', { maxAge: '1d', dotfiles: 'deny', headers: { 'x-a': 'b' } })
  res.download('a.pdf', 'b.pdf', { root: '/srv' }, (error) => next(error))
})
app.get('/redirects', async (_req, res) => {
  await res.back()
  await res.back('/fallback')
  await res.back({ fallback: '/', status: 303 })
  await res.redirectTo('any.name', { id: 1 }, { query: { mode: 'preview', tags: ['a', 'b'] }, hash: 'top' })
  const html: string = res.backField() + res.route('home')
  return void html
})
app.get('/reply', async (_req, res) => {
  await res.reply({ any: 'thing' })
  res.afterSend(({ aborted }) => holds<Equal<typeof aborted, boolean>>())
})
app.get(
  '/respond/:id',
  respond((req, reply) => reply.setText(req.params.id ?? '').setCookie('a', '1')),
)
// What stands before a handler leaves it the parameters of the path.
app.get('/users/:id', responseKit(), verifySignedUrl(), (req, res) => void res.text(req.params.id.toUpperCase()))
app.get(
  '/users/:id',
  respond((_req, reply) => reply.setEmpty()),
  respond({}, (_req, reply) => reply.setEmpty()),
  (req, res) => void res.text(req.params.id.toUpperCase()),
)
app.get(
  '/users/:id',
  verifySignedUrl(),
  respond<{ id: string }>((req) => json(req.params.id.toUpperCase())),
)
app.get(
  '/users/:id',
  respond((req: Request<{ id: string }>, reply) => reply.setText(req.params.id.toUpperCase())),
)
app.use((_error: Error, _req: Request, res: Response, _next: NextFunction) => void res.setStatus(500).text('failed'))

// A typed response keeps its type through the chain.
app.get(
  '/typed',
  (_req, res: Response<{ ok: boolean }>) => void res.setStatus(200).setHeader('X-A', 'b').json({ ok: true }),
)

const chained = (methods: ResponseMethods): ResponseMethods => methods.setStatus(200).setHeader('a', 'b')
createServer(app).listen(0)
const takesMethods = (res: Response): ResponseMethods => res
void [chained, takesMethods, serverOptions(app), new Reply()]

const news: Channel = channel({ name: 'news', replay: 10, maxClients: 100 })
const rooms: Channels = channels({ linger: '1m', onJoin: (client, topic) => [client.id, topic.length] })
const streamOptions: EventStreamOptions = {
  client: { id: 'ann', data: { role: 'admin' } },
  retry: { min: '1s', max: '10s' },
  first: async (client) => [client.id, { event: 'x', data: 1 }],
  filter: (event, client) => {
    holds<Equal<typeof event, ChannelEvent>>()
    holds<Equal<typeof client, ChannelClient>>()
    return event.id !== client.id
  },
  map: (event) => ({ ...event, data: [event.data] }),
}
app.get('/channels', (_req, res) => {
  void res.sse([news, rooms.topic('a')], streamOptions)
  void res.sse(() => [news], { filter: ({ data }) => data === 1 })
  void res.sse(async function* ({ lastEventId, signal }) {
    yield 'snapshot'
    yield* news
    yield* news.events({ lastEventId, signal })
  })
  void res.reply(sse([news], { ...streamOptions, status: 200 }))
  const forget: () => void = news.onJoin((client) => news.publish('joined', { except: client }))
  forget()
  holds<Equal<typeof news.clients, readonly ChannelClient[]>>()
})
async function readChannel(): Promise<void> {
  for await (const event of news) holds<Equal<typeof event, ChannelEvent>>()
}
void readChannel
