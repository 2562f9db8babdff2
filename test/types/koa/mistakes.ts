import Koa from 'koa'
import { channel, channels, type EventStreamOptions } from 'response-kit'
import { responseKit } from 'response-kit/koa'

// @ts-expect-error an unknown option
responseKit({ route: {} })
// @ts-expect-error a value the option does not take
responseKit({ etag: 'stronger' })
// @ts-expect-error origins are a list
responseKit({ back: { origins: 'https://shop.example' } })

new Koa().use((ctx) => {
  // @ts-expect-error a status is a number
  ctx.setStatus('201')
  // @ts-expect-error a field has a value
  ctx.setHeader('X-A')
  // @ts-expect-error a text is a string
  ctx.text(1)
  // @ts-expect-error bytes are no string
  ctx.bytes('abc')
  // @ts-expect-error no such option
  ctx.json({}, { spaces: 2 })
  // @ts-expect-error no such directive
  ctx.cacheControl({ maxage: 1 })
  // @ts-expect-error a link has a relation
  ctx.link('/a', { title: 'b' })
  // @ts-expect-error no such destination
  ctx.preload('/a.css', { as: 'stylesheet' })
  // @ts-expect-error no such data
  ctx.clearSiteData('cookie')
  // @ts-expect-error a value is not undefined
  ctx.setCookie('a', undefined)
  // @ts-expect-error an object may come back
  ctx.getCookie('a')?.toUpperCase()
  // @ts-expect-error no such attribute
  ctx.setCookie('a', 'b', { maxage: 1 })
  // @ts-expect-error no such option
  ctx.file('a.png', { inlined: true })
  // @ts-expect-error a fallback is a string
  ctx.back(1)
  // @ts-expect-error a problem has a status
  ctx.problem({ title: 'x' })
  // @ts-expect-error a query has no functions
  ctx.redirectTo('home', {}, { query: { a: () => 1 } })
})

const news = channel()
// @ts-expect-error a name is text
channels().topic(7)
// @ts-expect-error a client has an id
news.publish('x', { except: {} })
// @ts-expect-error no such option
channel({ linger: 1 })
// @ts-expect-error an event has no such field
news.publish({ name: 'x' })
// @ts-expect-error a filter decides at once
const options: EventStreamOptions = { filter: async () => true }
void options
