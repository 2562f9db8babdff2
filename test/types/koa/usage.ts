import Koa, { type Context, type ParameterizedContext } from 'koa'
import type { ResponseMethods, Sent } from 'response-kit'
import {
  type Channel,
  type ChannelClient,
  type ChannelEvent,
  type Channels,
  channel,
  channels,
  type EventStreamOptions,
  sse,
} from 'response-kit'
import { type ResponseKitOptions, respond, responseKit, verifySignedUrl } from 'response-kit/koa'
import type { HasEveryMethod } from '../method-names.js'
import { type Equal, holds, type IsAny } from '../not-any.js'

holds<HasEveryMethod<Context>>()
holds<HasEveryMethod<ParameterizedContext>>()
holds<Equal<IsAny<Context['json']>, false>>()
holds<Equal<IsAny<Context['nothing of ours']>, true>>() // why the line above is worth asking

const options: ResponseKitOptions = { etag: false, back: { origins: ['https://shop.example'] } }
const app = new Koa<{ user: string }>()
app.use(responseKit())
app.use(responseKit(options))

app.use((ctx) => {
  ctx.setStatus(201).setHeader('X-A', '1').appendHeader('X-A', '2').setHeaders({ 'X-B': 1, 'X-C': undefined }).text('x')
  const { user } = ctx.setHeaders(new Map([['X-A', '1']])).deleteHeader('X-A').state
  holds<Equal<typeof user, string>>()
  const field: string | number | readonly string[] | undefined = ctx.getHeader('X-A')
  ctx
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
  holds<Equal<ReturnType<typeof ctx.getCookie>, string | Record<string, unknown> | unknown[] | undefined>>()
  ctx.setCookie('a', { b: 1 }, { maxAge: '1h', sameSite: 'lax' }).deleteCookie('a').cookies.set('b', 'native')
  return void field
})
app.use(async (ctx, next) => {
  ctx.html('b').bytes(new Uint8Array()).json({ a: 1 }, { space: 2 }).empty(205)
  ctx.problem({ status: 404, detail: 'gone', balance: 30 })
  await ctx.file('a.png', { type: 'image/png', etag: 'content' })
  const nothing = [
    ctx.file('a.png', (error) => console.log(error)),
    ctx.file('a.png', { etag: false }, (error) => console.log(error)),
    ctx.download('a.pdf', (error) => console.log(error)),
    ctx.download('a.pdf', 'b.pdf', (error) => console.log(error)),
    ctx.download('a.pdf', { etag: false }, (error) => console.log(error)),
    ctx.download('a.pdf', 'b.pdf', { root: '/srv' }, (error) => console.log(error)),
  ]
  holds<Equal<(typeof nothing)[number], void>>()
  await ctx.download('a.pdf', { root: '/srv' })
  await ctx.created('user', { id: 7 }, { id: 7 })
  await ctx.created('/users/7', undefined, 'made')
  await ctx.download('a.pdf', 'b.pdf', { root: '/srv' })
  await ctx.reply({ any: 'thing' })
  await next()
})
app.use(async (ctx) => {
  await ctx.back()
  ctx.back('/fallback')
  await ctx.back({ fallback: '/', status: 303 })
  await ctx.redirectTo('any.name', { id: 1 }, { query: { mode: 'preview', tags: ['a', 'b'] }, hash: 'top' })
  ctx.redirect('/native')
  ctx.body = ctx.backField() + ctx.route('home')
  const sent: Sent = ctx.back()
  const promise: Promise<void> = ctx.file('a.png')
  await Promise.all([sent, promise])
})
app.use(respond((ctx, reply) => reply.setText(ctx.path).setCookie('a', '1')))

app.use(verifySignedUrl())
app.use(
  respond((ctx: ParameterizedContext<{ user: string }>) => {
    holds<Equal<typeof ctx.state.user, string>>()
  }),
)
const methodsOf = (ctx: Context): ResponseMethods => ctx
const chained = (methods: ResponseMethods): ResponseMethods => methods.setStatus(200).setHeader('a', 'b')
void [chained, methodsOf]

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
app.use(async (ctx) => {
  void ctx.sse([news, rooms.topic('a')], streamOptions)
  void ctx.sse(() => [news], { filter: ({ data }) => data === 1 })
  void ctx.sse(async function* ({ lastEventId, signal }) {
    yield 'snapshot'
    yield* news
    yield* news.events({ lastEventId, signal })
  })
  void ctx.reply(sse([news], { ...streamOptions, status: 200 }))
  const forget: () => void = news.onJoin((client) => news.publish('joined', { except: client }))
  forget()
  holds<Equal<typeof news.clients, readonly ChannelClient[]>>()
})
async function readChannel(): Promise<void> {
  for await (const event of news) holds<Equal<typeof event, ChannelEvent>>()
}
void readChannel
