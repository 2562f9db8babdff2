import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { countdown, launch, planets } from './content.mjs'
import { measurements } from './measurements.mjs'

const root = join(import.meta.dirname, 'files')
const everything = { start: 0, end: measurements.size - 1 }

const decodedCookies = (header = '') =>
  Object.fromEntries(header.split('; ').map((pair) => pair.split('=', 2).map((part) => decodeURIComponent(part))))

/**
 * The same task with what the framework itself has, as its guides show it. Some lines are wrong in ways that are easy
 * to miss: that is why they are here.
 */
export const withoutTheKit = {
  'answers.text': {
    express: (_req, res) => res.type('text').send('Grüße aus Zürich ☀'),
    koa: (ctx) => {
      ctx.body = 'Grüße aus Zürich ☀'
    },
  },
  'answers.html': {
    express: (_req, res) => res.status(201).send('<h1>Created</h1>'),
    koa: (ctx) => {
      ctx.status = 201
      ctx.body = '<h1>Created</h1>'
    },
  },
  'answers.fields': {
    express: (_req, res) =>
      res.set('X-Cost', '3').vary('Accept-Language').type('text').send('three fields, one skipped'),
    koa: (ctx) => {
      ctx.set('X-Cost', '3')
      ctx.vary('Accept-Language')
      ctx.body = 'three fields, one skipped'
    },
  },
  'answers.caching': {
    express: (_req, res) =>
      res
        .set('Cache-Control', 'public, max-age=3600, stale-while-revalidate=60')
        .append('Link', '</assets/style.css>; rel=preload; as=style')
        .type('text')
        .send('keep me for an hour'),
    koa: (ctx) => {
      ctx.set('Cache-Control', 'public, max-age=3600, stale-while-revalidate=60')
      ctx.append('Link', '</assets/style.css>; rel=preload; as=style')
      ctx.body = 'keep me for an hour'
    },
  },
  'answers.conditional': {
    express: (_req, res) => res.type('text').send('the same as last time'),
    koa: (ctx) => {
      ctx.body = 'the same as last time'
    },
  },
  'answers.reply': {
    express: (_req, res) => res.status(202).set('X-Foo', 'bar').json({ hello: 'world' }),
    koa: (ctx) => {
      ctx.status = 202
      ctx.set('X-Foo', 'bar')
      ctx.body = { hello: 'world' }
    },
  },
  'answers.negotiate': {
    express: (_req, res) =>
      res.format({
        html: () => res.send('<p>three planets</p>'),
        json: () => res.json({ planets: 3 }),
      }),
    koa: (ctx) => {
      ctx.body = ctx.accepts('html', 'json') === 'html' ? '<p>three planets</p>' : { planets: 3 }
    },
  },
  'answers.empty': {
    express: (_req, res) => res.status(204).end(),
    koa: (ctx) => {
      ctx.status = 204
    },
  },
  'files.pdf': {
    express: (_req, res) => res.download(join(root, 'report.pdf'), 'Geschäftsbericht 東京 – Übersicht.pdf'),
    koa: (ctx) => {
      ctx.attachment('Geschäftsbericht 東京 – Übersicht.pdf')
      ctx.body = createReadStream(join(root, 'report.pdf'))
    },
  },
  'files.image': {
    express: (_req, res) => res.sendFile(join(root, 'dawn.svg')),
    koa: (ctx) => {
      ctx.type = 'svg'
      ctx.body = createReadStream(join(root, 'dawn.svg'))
    },
  },
  'files.large': {
    express: (_req, res) => {
      res.attachment('measurements.csv')
      Readable.from(measurements.read(everything)).pipe(res)
    },
    koa: (ctx) => {
      ctx.attachment('measurements.csv')
      ctx.body = Readable.from(measurements.read(everything))
    },
  },
  'files.range': {
    express: (_req, res) => res.sendFile(join(root, 'poem.txt')),
    koa: (ctx) => {
      ctx.type = 'txt'
      ctx.body = createReadStream(join(root, 'poem.txt'))
    },
  },
  'files.friendly': {
    express: (_req, res) => res.download(join(root, 'report.pdf'), 'invoice-2021-01'),
    koa: (ctx) => {
      ctx.attachment('invoice-2021-01')
      ctx.body = createReadStream(join(root, 'report.pdf'))
    },
  },
  'files.outside': {
    express: (_req, res) => res.sendFile('../../../package.json', { root }),
    koa: (ctx) => {
      ctx.body = createReadStream(join(root, '../../../package.json'))
    },
  },
  'redirects.named': {
    express: (_req, res) => res.redirect(`/dashboard/${encodeURIComponent('zoë/7')}?mode=preview&tag=a&tag=b#top`),
    koa: (ctx) => ctx.redirect(`/dashboard/${encodeURIComponent('zoë/7')}?mode=preview&tag=a&tag=b#top`),
  },
  'redirects.back': {
    express: (req, res) => res.redirect(req.get('Referer') ?? '/'),
    koa: (ctx) => ctx.redirect(ctx.get('Referer') || '/'),
  },
  'redirects.hostile': {
    express: (req, res) => res.redirect(req.get('Referer') ?? '/'),
    koa: (ctx) => ctx.redirect(ctx.get('Referer') || '/'),
  },
  'redirects.form': {
    express: (req, res) => res.cookie('note', req.body.note).redirect('/'),
    koa: (ctx) => {
      ctx.cookies.set('note', ctx.request.body.note)
      ctx.redirect('/')
    },
  },
  'cookies.set': {
    express: (_req, res) =>
      res
        .cookie('theme', 'sépia', { maxAge: 30 * 24 * 3600 * 1000, sameSite: 'lax', httpOnly: true })
        .cookie('cart', { items: [3, 5] })
        .redirect('/cookies/read'),
    koa: (ctx) => {
      ctx.cookies.set('theme', 'sépia', { maxAge: 30 * 24 * 3600 * 1000, sameSite: 'lax' })
      ctx.cookies.set('cart', JSON.stringify({ items: [3, 5] }))
      ctx.redirect('/cookies/read')
    },
  },
  'cookies.read': {
    express: (req, res) => {
      const { theme, cart } = decodedCookies(req.get('Cookie'))
      res.json({ theme, cart })
    },
    koa: (ctx) => {
      ctx.body = { theme: ctx.cookies.get('theme'), cart: ctx.cookies.get('cart') }
    },
  },
  'cookies.delete': {
    express: (_req, res) => res.clearCookie('theme').clearCookie('cart').redirect('/cookies/read'),
    koa: (ctx) => {
      ctx.cookies.set('theme', null)
      ctx.cookies.set('cart', null)
      ctx.redirect('/cookies/read')
    },
  },
  'streams.text': {
    express: (_req, res) => {
      Readable.from(countdown()).pipe(res.type('text'))
    },
    koa: (ctx) => {
      ctx.type = 'text'
      ctx.body = Readable.from(countdown())
    },
  },
  'streams.ndjson': {
    express: (_req, res) => {
      for (const planet of planets) res.write(`${JSON.stringify(planet)}\n`)
      res.end()
    },
    koa: (ctx) => {
      ctx.body = planets.map((planet) => `${JSON.stringify(planet)}\n`).join('')
    },
  },
  'streams.array': {
    express: (_req, res) => res.json(planets),
    koa: (ctx) => {
      ctx.body = planets
    },
  },
  'streams.csv': {
    express: (_req, res) =>
      res
        .attachment('planets.csv')
        .send(`Planet,Moons\n${planets.map(({ name, moons }) => `${name},${moons}`).join('\n')}`),
    koa: (ctx) => {
      ctx.attachment('planets.csv')
      ctx.body = `Planet,Moons\n${planets.map(({ name, moons }) => `${name},${moons}`).join('\n')}`
    },
  },
  'streams.events': {
    express: async (_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' })
      for await (const { event, id, data } of launch()) res.write(`event: ${event}\nid: ${id}\ndata: ${data}\n\n`)
      res.end()
    },
    koa: async (ctx) => {
      ctx.respond = false
      ctx.res.writeHead(200, { 'Content-Type': 'text/event-stream' })
      for await (const { event, id, data } of launch()) ctx.res.write(`event: ${event}\nid: ${id}\ndata: ${data}\n\n`)
      ctx.res.end()
    },
  },
  'errors.problem': {
    express: (_req, res) =>
      res
        .status(402)
        .type('application/problem+json')
        .send(JSON.stringify({ status: 402, title: 'Not enough credit', balance: 30 })),
    koa: (ctx) => {
      ctx.status = 402
      ctx.type = 'application/problem+json'
      ctx.body = JSON.stringify({ status: 402, title: 'Not enough credit', balance: 30 })
    },
  },
  'errors.route': {
    express: (_req, res) => res.redirect('/dashbord/7'),
    koa: (ctx) => ctx.redirect('/dashbord/7'),
  },
  'errors.cookie': {
    express: (_req, res) => res.cookie('__Host-id', '1', { secure: true, domain: 'example.com' }).status(204).end(),
    koa: (ctx) => {
      ctx.cookies.secure = true
      ctx.cookies.set('__Host-id', '1', { secure: true, domain: 'example.com' })
      ctx.status = 204
    },
  },
}
