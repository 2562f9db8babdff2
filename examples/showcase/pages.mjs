import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { compare } from './ask.mjs'
import { features } from './features.mjs'
import { createLivePages } from './live.mjs'
import { readRequest } from './read-request.mjs'
import { renderPage } from './render-page.mjs'
import { routes } from './routes.mjs'
import { withoutTheKit } from './without-the-kit.mjs'

// Both servers have one host, so the browser gives the cookies of one to the other: they share the key.
const encryptionKeys = randomBytes(32).toString('hex')

export function kitOptions() {
  return { routes, files: { root: join(import.meta.dirname, 'files') }, cookies: { encryptionKeys } }
}

/** All that an app serves with the kit. `ports` is complete when the first request comes. */
export function createPages(framework, ports) {
  return [
    {
      name: 'home',
      run: (res, { host }) =>
        res.html(renderPage({ framework, ports, host, note: res.getCookie('note'), backField: res.backField() })),
    },
    {
      name: 'try',
      method: 'POST',
      run: async (res, { params, form, cookie }) => {
        const feature = features.find(({ name }) => name === params.name)
        if (feature === undefined) return res.problem({ status: 404, detail: `no feature is called ${params.name}` })
        const request = readRequest(feature, form)
        if (cookie) request.lines.push(['Cookie', cookie])
        return res.json(await compare({ ...request, hasPlain: feature.name in withoutTheKit }, ports))
      },
    },
    {
      name: 'asset',
      run: (res, { params }) => res.file(params.file, { root: join(import.meta.dirname, 'public') }),
    },
    ...createLivePages(),
    ...features,
  ]
}

/** A showcase shows every message; an app shows those whose `expose` is true. */
export function answerError(res, { status = 500, name, message, code }) {
  res.problem({ status, title: code ?? name, detail: message })
}
