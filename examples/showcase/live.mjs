import { setTimeout as delay } from 'node:timers/promises'
import { channel, html } from 'response-kit'
import { measurements } from './measurements.mjs'
import { routes } from './routes.mjs'

const RETRY = '3s'

/** The same large file, at the pace of a slow network. */
const slowMeasurements = {
  ...measurements,
  async *read(range) {
    for (const chunk of measurements.read(range)) {
      yield chunk
      await delay(20)
    }
  },
}

/** The parts of the page that need a server with a memory. One set an app. */
export function createLivePages() {
  const news = channel({ replay: 100 })
  const sockets = new Map()

  return [
    {
      name: 'live.events',
      run: (res, { query, socket }) => {
        sockets.set(String(query.window), socket)
        return res.sse(news, { retry: RETRY })
      },
    },
    {
      name: 'live.publish',
      method: 'POST',
      run: async (res, { form }) => {
        await news.publish({ event: 'news', data: { text: String(form.text).slice(0, 200), at: Date.now() } })
        return res.back('/#live-channel')
      },
    },
    {
      name: 'live.cut',
      method: 'POST',
      run: (res, { form }) => {
        sockets.get(String(form.window))?.destroy()
        return res.back('/#live-channel')
      },
    },
    { name: 'live.measurements', run: (res) => res.download(slowMeasurements) },
    { name: 'signup.form', run: (res) => res.html(signUpPage(res.flash(), res.backField())) },
    {
      name: 'signup.send',
      method: 'POST',
      run: (res, { form }) => {
        const errors = checkSignUp(form)
        if (errors !== undefined) return res.withInput().withErrors(errors).back('/sign-up')
        return res.withFlash({ notice: `Welcome, ${form.name}.` }).redirectTo('signup.form')
      },
    },
    { name: 'links.new', run: (res) => res.html(linksPage()) },
    {
      name: 'links.open',
      isSigned: true,
      run: (res, { params }) => res.text(`The ticket of ${params.name} is valid.`),
    },
  ]
}

function checkSignUp({ name = '', email = '' }) {
  const errors = {
    ...(name.trim() === '' && { name: 'Say your name.' }),
    ...(!email.includes('@') && { email: 'An address has an @.' }),
  }
  return Object.keys(errors).length === 0 ? undefined : errors
}

const page = (title, content) => html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${routes.url('asset', { file: 'favicon.svg' })}">
<link rel="stylesheet" href="${routes.url('asset', { file: 'style.css' })}">
<main class="wide small"><h1>${title}</h1>${content}<p><a href="/#live">Back to the showcase</a></p></main>
</html>
`

function signUpPage({ notice, errors, input = {} }, backField) {
  return page(
    'Sign up',
    html`<form class="stacked" method="post" action="${routes.url('signup.send')}">
  ${html.raw(backField)}
  ${notice === undefined ? undefined : html`<p class="notice" role="status">${notice}</p>`}
  ${signUpField('name', 'Name', errors, input)}
  ${signUpField('email', 'E-mail', errors, input)}
  <button>Sign up</button>
</form>`,
  )
}

function signUpField(name, label, errors, input) {
  const error = errors?.[name]
  return html`<label>${label} <input name="${name}" value="${input[name]}"></label>
  ${error === undefined ? undefined : html`<p class="error" role="alert">${error}</p>`}`
}

function linksPage() {
  const valid = routes.signedUrl('links.open', { name: 'Ann' }, { expiresIn: '20s' })
  return page(
    'A signed link',
    html`<ul>
  <li><a class="valid" href="${valid}">The link as it was signed</a>: opens for 20 seconds, then answers 403.</li>
  <li><a class="changed" href="${valid.replace('Ann', 'Bob')}">The same with another name</a>: the signature does not fit, 403.</li>
</ul>
<p><a href="${routes.url('links.new')}">Sign a new one</a></p>`,
  )
}
