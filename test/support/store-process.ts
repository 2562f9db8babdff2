// A process of an app that shares its events and claims with others: started by store-processes.ts, which gives it the store.
// It serves the same app on Express and on Koa, and writes the two ports on its first line.
import { pathToFileURL } from 'node:url'
import express from 'express'
import Koa from 'koa'
import { responseKit as expressKit, verifySignedUrl as expressVerify } from '../../src/express/index.js'
import {
  type ChannelStore,
  type Claims,
  channel,
  defineRoutes,
  type ResponseKitOptions,
  type ResponseMethods,
} from '../../src/index.js'
import { responseKit as koaKit, verifySignedUrl as koaVerify } from '../../src/koa/index.js'
import { listen } from './frameworks.js'

/** What a module in `STORE_MODULE` exports as `open`: it connects to the server at `STORE_PORT`. */
export interface SharedStores {
  readonly store: ChannelStore
  readonly claims: Claims
}

const { STORE_MODULE = '', STORE_PORT = '', STORE_CLIENT = '' } = process.env
const { open } = await import(pathToFileURL(STORE_MODULE).href)
const { store, claims }: SharedStores = await open(Number(STORE_PORT), STORE_CLIENT)

const news = channel({ store })
const routes = defineRoutes({ once: '/once' }, { secrets: 'a secret of thirty-two bytes or more' })
const options: ResponseKitOptions = {
  routes,
  cookies: { secrets: 'a secret of thirty-two bytes or more' },
  flash: { claims },
}

async function answer(target: ResponseMethods, url: URL): Promise<unknown> {
  const id = url.searchParams.get('id') ?? ''
  if (url.pathname === '/events') return target.sse(news, { heartbeat: '1s' })
  if (url.pathname === '/claim') return target.text(String(await claims.claim(id, new Date(Date.now() + 60_000))))
  if (url.pathname === '/leave') return target.withFlash({ notice: id }).text('left')
  if (url.pathname === '/show') return target.text(String(target.flash().notice ?? 'nothing'))
  if (url.pathname === '/pass') return target.text('not read')
  if (url.pathname === '/sign') return target.text(routes.signedUrl('once', {}, { once: true, expiresIn: '1m' }))
  if (url.pathname === '/once') return target.text('used')
  if (url.pathname === '/size') return target.text(String(news.size))
  if (url.pathname !== '/publish') return target.setStatus(404).text('no such page') // browsers ask for an icon
  try {
    await news.publish(id)
    return target.text('published')
  } catch (error) {
    return target.setStatus(503).text(String(error))
  }
}

const onExpress = express().use(expressKit(options))
onExpress.get('/once', expressVerify({ claim: claims }))
onExpress.use((req, res) => answer(res, new URL(req.url, 'http://a')))

const onKoa = new Koa().use(koaKit(options))
const verify = koaVerify({ claim: claims })
onKoa.use((ctx, next) => (ctx.path === '/once' ? verify(ctx, next) : next()))
onKoa.use(async (ctx) => {
  await answer(ctx, ctx.URL)
})

const apps = await Promise.all([listen(onExpress), listen(onKoa.callback())])
console.log(JSON.stringify(apps.map(({ port }) => port)))
