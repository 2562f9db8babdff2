import express from 'express'
import { channel, channels, type EventStreamOptions, json, Reply } from 'response-kit'
import { responseKit } from 'response-kit/express'

// @ts-expect-error an unknown option
responseKit({ route: {} })
// @ts-expect-error a value the option does not take
responseKit({ etag: 'stronger' })
// @ts-expect-error an option of the wrong type
responseKit({ back: { fallback: 1 } })
// @ts-expect-error a route source needs url()
responseKit({ routes: {} })

express().get('/', (_req, res) => {
  // @ts-expect-error a status is a number
  res.setStatus('201')
  // @ts-expect-error a field has a value
  res.setHeader('X-A')
  // @ts-expect-error a field value is no object
  res.setHeaders({ 'X-A': { b: 1 } })
  // @ts-expect-error a text is a string
  res.text(1)
  // @ts-expect-error html is a string
  res.html(undefined)
  // @ts-expect-error bytes are no string
  res.bytes('abc')
  // @ts-expect-error no such directive
  res.cacheControl({ maxage: 1 })
  // @ts-expect-error a link has a relation
  res.link('/a', { title: 'b' })
  // @ts-expect-error no such destination
  res.preload('/a.css', { as: 'stylesheet' })
  // @ts-expect-error no such data
  res.clearSiteData('cookie')
  // @ts-expect-error a value is not undefined
  res.setCookie('a', undefined)
  // @ts-expect-error an object may come back
  res.getCookie('a')?.toUpperCase()
  // @ts-expect-error no such attribute
  res.setCookie('a', 'b', { maxage: 1 })
  // @ts-expect-error no such SameSite
  res.setCookie('a', 'b', { sameSite: 'loose' })
  // @ts-expect-error a cookie has a value
  res.setCookie('a')
  // @ts-expect-error no such option
  res.file('a.png', { inlined: true })
  // @ts-expect-error a file needs a source
  res.file()
  // @ts-expect-error the callback is no option
  res.file('a.png', () => {}, {})
  // @ts-expect-error one argument too many
  res.back('/x', 301)
  // @ts-expect-error a fallback is a string
  res.back(1)
  // @ts-expect-error the third argument of redirectTo has the query
  res.redirectTo('home', {}, { querystring: {} })
  // @ts-expect-error a query has no functions
  res.redirectTo('home', {}, { query: { a: () => 1 } })
  // @ts-expect-error a problem has a status
  res.problem({ title: 'x' })
  // @ts-expect-error a promise's result has no methods
  res.file('a.png').text('x')
  // @ts-expect-error Express keeps its own json, without options
  res.json({}, { space: 2 })
})

// @ts-expect-error a Reply's status is a number
new Reply().status = '200'
// @ts-expect-error a Reply is not thenable
new Reply().then(() => {})
// @ts-expect-error no such option
json({}, { statusCode: 201 })

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
