import { join } from 'node:path'
import { features } from './features.mjs'
import { renderPage } from './render-page.mjs'
import { routes } from './routes.mjs'
import { compare } from './wire.mjs'

export function kitOptions() {
  return { routes, files: { root: join(import.meta.dirname, 'files') } }
}

/** The pages around the features: the one page, what was on the wire, style and script. */
export function createPages(framework, ports) {
  return [
    {
      name: 'home',
      run: (res) => res.html(renderPage({ framework, ports, note: res.getCookie('note'), backField: res.backField() })),
    },
    {
      name: 'wire',
      run: async (res, { params, cookie }) => {
        const feature = features.find(({ name }) => name === params.name)
        if (feature === undefined) return res.problem({ status: 404, detail: `no feature is called ${params.name}` })
        return res.reply(await compare(feature, ports, cookie))
      },
    },
    {
      name: 'asset',
      run: (res, { params }) => res.file(params.file, { root: join(import.meta.dirname, 'public') }),
    },
  ]
}

/** A showcase shows every message; an app shows those whose `expose` is true. */
export function answerError(res, { status = 500, name, message, code }) {
  res.problem({ status, title: code ?? name, detail: message })
}
