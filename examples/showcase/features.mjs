import { json } from 'response-kit'
import { countdown, launch, planets } from './content.mjs'
import { measurements } from './measurements.mjs'

/**
 * Every handler is written once, on `res`; Koa gives it `ctx`. The page prints the handler's own source, so that what
 * is shown is what ran. `ask` is what the page's request has beside method and path.
 */
export const features = [
  {
    group: 'Answers',
    name: 'answers.text',
    path: '/answers/text',
    title: 'Plain text',
    about: 'UTF-8, its exact length, a weak entity-tag.',
    run: (res) => res.text('Grüße aus Zürich ☀'),
  },
  {
    group: 'Answers',
    name: 'answers.html',
    path: '/answers/html',
    title: 'HTML, with a status of your own',
    about: 'What is staged before a finishing call is kept by it.',
    run: (res) => res.setStatus(201).html('<h1>Created</h1>'),
  },
  {
    group: 'Answers',
    name: 'answers.fields',
    path: '/answers/fields',
    title: 'Header fields in a chain',
    about: 'A record, a Headers or a Map; undefined values are skipped.',
    run: (res) =>
      res
        .setHeaders({ 'X-Cost': 3, 'X-Skipped': undefined })
        .appendHeader('Vary', 'Accept-Language')
        .text('three fields, one skipped'),
  },
  {
    group: 'Answers',
    name: 'answers.caching',
    path: '/answers/caching',
    title: 'Fields with rules of their own',
    about: 'Cache-Control, Link and other fields, checked before they are staged.',
    run: (res) =>
      res
        .cacheControl({ public: true, maxAge: '1h', staleWhileRevalidate: 60 })
        .preload('/assets/style.css', { as: 'style' })
        .text('keep me for an hour'),
  },
  {
    group: 'Answers',
    name: 'answers.conditional',
    path: '/answers/conditional',
    title: 'Not sent twice',
    about: 'The client names the entity-tag it holds and gets 304 (RFC 9110 §13.1.2).',
    ask: { headers: { 'If-None-Match': '*' } },
    run: (res) => res.text('the same as last time'),
  },
  {
    group: 'Answers',
    name: 'answers.reply',
    path: '/answers/reply',
    title: 'A Reply: a response as a value',
    about: 'Build it anywhere, return it, test it without a server.',
    run: (res) => res.reply(json({ hello: 'world' }, { status: 202, headers: { 'X-Foo': 'bar' } })),
  },
  {
    group: 'Answers',
    name: 'answers.negotiate',
    path: '/answers/negotiate',
    title: 'What the client prefers',
    about: 'By the Accept field, with Vary (RFC 9110 §12.5.1).',
    ask: { headers: { Accept: 'text/html;q=0.5, application/json' } },
    run: (res) => res.negotiate({ html: '<p>three planets</p>', json: { planets: 3 } }),
  },
  {
    group: 'Answers',
    name: 'answers.empty',
    path: '/answers/empty',
    title: 'Nothing at all',
    about: '204, without Content-Type.',
    run: (res) => res.empty(),
  },
  {
    group: 'Files and downloads',
    name: 'files.pdf',
    path: '/files/report',
    title: 'A PDF under a Unicode name',
    about: 'An ASCII fallback beside the real name (RFC 6266, RFC 8187).',
    run: (res) => res.download('report.pdf', 'Geschäftsbericht 東京 – Übersicht.pdf'),
  },
  {
    group: 'Files and downloads',
    name: 'files.image',
    path: '/files/dawn',
    title: 'An image, shown in place',
    about: 'Inline, with ETag and Last-Modified.',
    picture: true,
    run: (res) => res.file('dawn.svg'),
  },
  {
    group: 'Files and downloads',
    name: 'files.large',
    path: '/files/measurements',
    title: 'A large file, generated when asked for',
    about: 'Forty-three megabytes of CSV on no disk. The browser may pause the download and resume it.',
    run: (res) => res.download(measurements),
  },
  {
    group: 'Files and downloads',
    name: 'files.range',
    path: '/files/poem',
    title: 'Part of a file',
    about: 'One range of bytes: 206 and Content-Range (RFC 9110 §14).',
    ask: { headers: { Range: 'bytes=0-61' } },
    run: (res) => res.file('poem.txt'),
  },
  {
    group: 'Files and downloads',
    name: 'files.friendly',
    path: '/files/invoice',
    title: 'A friendly name takes the file’s extension',
    about: 'invoice-2021-01 becomes invoice-2021-01.pdf.',
    run: (res) => res.download('report.pdf', undefined, { name: 'invoice-2021-01' }),
  },
  {
    group: 'Files and downloads',
    name: 'files.zip',
    path: '/files/everything.zip',
    title: 'An archive of several files',
    about: 'Made while it is sent: paths, bytes in memory and generators side by side.',
    run: (res) =>
      res.zip(
        [
          { name: 'reports/report.pdf', source: 'report.pdf' },
          { name: 'poem.txt', source: 'poem.txt', mtime: new Date('2021-01-01') },
          { name: 'note.txt', source: Buffer.from('made just now'), mtime: new Date('2021-01-01') },
        ],
        'everything.zip',
      ),
  },
  {
    group: 'Files and downloads',
    name: 'files.outside',
    path: '/files/outside',
    title: 'Out of the root? Refused',
    about: 'Before the disk is touched, whether the file exists or not.',
    run: (res) => res.file('../../../package.json'),
  },
  {
    group: 'Redirects',
    name: 'redirects.named',
    path: '/go/dashboard',
    title: 'To a route, by its name',
    about: 'Parameters encoded, query and fragment built.',
    run: (res) =>
      res.redirectTo('dashboard', { userId: 'zoë/7' }, { query: { mode: 'preview', tag: ['a', 'b'] }, hash: 'top' }),
  },
  {
    group: 'Redirects',
    name: 'redirects.back',
    path: '/go/back',
    title: 'Back to the page that the user came from',
    about: 'The Referer counts only if it is this site’s own.',
    ask: { headers: { Referer: '{origin}/dashboard/7?mode=preview' } },
    run: (res) => res.back('/'),
  },
  {
    group: 'Redirects',
    name: 'redirects.hostile',
    path: '/go/back-safely',
    title: 'A hostile Referer',
    about: 'A foreign site is the same as none: the fallback.',
    ask: { headers: { Referer: 'https://evil.example/phish' } },
    run: (res) => res.back('/#redirects'),
  },
  {
    group: 'Redirects',
    name: 'redirects.form',
    method: 'POST',
    path: '/notes',
    title: 'A form that returns',
    about: 'backField() puts the page’s URL into the form; back() goes there with 303.',
    form: { field: 'note', label: 'A note', value: 'Bonjour à tous' },
    run: (res, { form }) => res.setCookie('note', form.note ?? '', { maxAge: '1h', sameSite: 'lax' }).back('/'),
  },
  {
    group: 'Cookies',
    name: 'cookies.set',
    path: '/cookies/set',
    title: 'Set',
    about: 'maxAge in seconds or with its unit; a plain object is stored as cookie-parser stores it.',
    run: (res) =>
      res
        .setCookie('theme', 'sépia', { maxAge: '30d', sameSite: 'lax', httpOnly: true })
        .setCookie('cart', { items: [3, 5] })
        .redirectTo('cookies.read'),
  },
  {
    group: 'Cookies',
    name: 'cookies.read',
    path: '/cookies/read',
    title: 'Read',
    about: 'What the client will hold after this response.',
    run: (res) => res.reply({ theme: res.getCookie('theme') ?? null, cart: res.getCookie('cart') ?? null }),
  },
  {
    group: 'Cookies',
    name: 'cookies.delete',
    path: '/cookies/delete',
    title: 'Delete',
    about: 'Expired under the same path.',
    run: (res) => res.deleteCookie('theme').deleteCookie('cart').redirectTo('cookies.read'),
  },
  {
    group: 'Streams',
    name: 'streams.text',
    path: '/streams/countdown',
    title: 'A generator, as it yields',
    about: 'Suspended while the client does not read, released when it leaves.',
    run: (res) => res.streaming(countdown()),
  },
  {
    group: 'Streams',
    name: 'streams.ndjson',
    path: '/streams/planets',
    title: 'One JSON value a line',
    about: 'application/x-ndjson, from any iterable.',
    run: (res) => res.ndjson(planets),
  },
  {
    group: 'Streams',
    name: 'streams.array',
    path: '/streams/planets.json',
    title: 'One JSON array, streamed',
    about: 'The whole is never in memory.',
    run: (res) => res.jsonArray(planets),
  },
  {
    group: 'Streams',
    name: 'streams.csv',
    path: '/streams/planets.csv',
    title: 'A table as CSV',
    about: 'RFC 4180, from any iterable. Formulas are made harmless.',
    run: (res) => res.csv(planets, { columns: { name: 'Planet', moons: 'Moons' }, filename: 'planets.csv' }),
  },
  {
    group: 'Streams',
    name: 'streams.events',
    path: '/streams/events',
    title: 'Server-sent events',
    about: 'Kept open by comments, resumed by Last-Event-ID.',
    run: (res) => res.sse(launch()),
  },
  {
    group: 'Errors',
    name: 'errors.problem',
    path: '/errors/problem',
    title: 'Problem details',
    about: 'RFC 9457, for clients that are programs.',
    run: (res) =>
      res.problem({
        status: 402,
        title: 'Not enough credit',
        detail: 'The balance is 30, the price is 50.',
        balance: 30,
      }),
  },
  {
    group: 'Errors',
    name: 'errors.route',
    path: '/errors/route',
    title: 'A route that does not exist',
    about: 'Named in the error, with the nearest right one.',
    run: (res) => res.redirectTo('dashbord', { userId: 7 }),
  },
  {
    group: 'Errors',
    name: 'errors.cookie',
    path: '/errors/cookie',
    title: 'A cookie no browser would take',
    about: 'An error before anything is written, naming cookie and attribute.',
    run: (res) => res.setCookie('__Host-id', '1', { secure: true, domain: 'example.com' }).empty(),
  },
  {
    name: 'dashboard',
    path: '/dashboard/:userId',
    run: (res, { params, url }) => res.text(`The dashboard of ${params.userId}\n${url}\n`),
  },
]

/** What the page shows of a handler: its body, under the name that the framework has for the target. */
export function sourceOf({ run }, framework) {
  const code = bodyOf(run)
  return framework === 'koa' ? code.replace(/\bres\b/g, 'ctx') : code
}

/** The source of an arrow function without its parameters, its braces and its indent. */
export function bodyOf(handler) {
  const [, body = ''] = /^(?:async )?\(.*?\) =>\s*([\s\S]*)$/.exec(String(handler)) ?? []
  const block = /^\{\n([\s\S]*)\n\s*\}$/.exec(body)
  if (block) return outdent(block[1].split('\n')).join('\n')
  const [first, ...rest] = body.split('\n')
  return [first, ...outdent(rest).map((line) => `  ${line}`)].join('\n')
}

function outdent(lines) {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  return lines.map((line) => line.slice(Math.min(...indents)))
}
