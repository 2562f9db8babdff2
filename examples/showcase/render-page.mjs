import { html } from 'response-kit'
import { bodyOf, features, sourceOf } from './features.mjs'
import { highlight } from './highlight.mjs'
import { initialRequest } from './read-request.mjs'
import { renderLive } from './render-live.mjs'
import { routes } from './routes.mjs'
import { withoutTheKit } from './without-the-kit.mjs'

const NAMES = { express: 'Express', koa: 'Koa' }
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

const slug = (text) => text.toLowerCase().replaceAll(/[ .]/g, '-')

export function renderPage({ framework, ports, host, note, backField }) {
  const shown = features.filter(({ group }) => group !== undefined)
  const groups = [...new Set(shown.map(({ group }) => group))]
  const sections = groups.map((group) => renderGroup(group, shown, { framework, note, backField }))
  const links = ['Live', ...groups].map((group) => html`<li><a href="#${slug(group)}">${group}</a></li>`)
  const other = framework === 'express' ? 'koa' : 'express'
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>response-kit on ${NAMES[framework]}</title>
<link rel="icon" href="${routes.url('asset', { file: 'favicon.svg' })}">
<link rel="stylesheet" href="${routes.url('asset', { file: 'style.css' })}">
<noscript><style>.request, .answers, .needs-script { display: none }</style></noscript>
<script type="module" src="${routes.url('asset', { file: 'page.js' })}"></script>
<header class="top">
  <div class="wide">
    <h1>response-kit</h1>
    <p class="lead">One set of methods for Express and Koa. The same call puts the same bytes on the wire. Change a request,
    send it, and compare both answers with what the framework does alone.</p>
    <p class="switch">This page comes from <strong>${NAMES[framework]}</strong>, port ${ports[framework]}.
    <a class="other" href="http://${host}:${ports[other]}/">The same from ${NAMES[other]}, port ${ports[other]}</a></p>
  </div>
</header>
<div class="wide columns">
  <nav aria-label="Features"><ul>${links}</ul></nav>
  <main>${renderLive(backField)}${sections}</main>
</div>
</html>
`
}

function renderGroup(group, shown, context) {
  const cards = shown.filter((feature) => feature.group === group).map((feature) => renderFeature(feature, context))
  return html`<section id="${slug(group)}" aria-labelledby="${slug(group)}-title"><h2 id="${slug(group)}-title">${group}</h2>${cards}</section>`
}

function renderFeature(feature, { framework, note, backField }) {
  const { name, title, about, path, picture } = feature
  const id = slug(name)
  return html`<article id="${id}" data-feature="${name}">
  <div class="what">
    <h3>${title} <a class="anchor" href="#${id}" aria-label="Link to ${title}">#</a></h3>
    <p>${about}</p>
    ${renderSources(feature, framework)}
    ${picture ? html`<img src="${path}" alt="Dawn over hills" width="640" height="320">` : undefined}
    ${feature.form ? renderForm(feature, note, backField) : html`<p><a class="open" href="${path}">Open ${path}</a></p>`}
  </div>
  ${renderEditor(feature)}
  <div class="answers" aria-live="polite">
    ${renderAnswer('express', 'Express', title)}${renderAnswer('koa', 'Koa', title)}${renderAnswer('plain', 'Without the kit', title)}
  </div>
</article>`
}

/** The code for the framework of this page is open; the other, and the framework alone, are a click away. */
function renderSources(feature, framework) {
  const other = framework === 'express' ? 'koa' : 'express'
  const alone = withoutTheKit[feature.name]?.[framework]
  return html`${renderSource(NAMES[framework], sourceOf(feature, framework))}
  <details><summary>On ${NAMES[other]}</summary>${renderSource(NAMES[other], sourceOf(feature, other))}</details>
  ${alone && html`<details><summary>${NAMES[framework]} without the kit</summary>${renderSource('without the kit', bodyOf(alone))}</details>`}`
}

function renderSource(label, code) {
  return html`<div class="source"><pre class="code" tabindex="0" role="group" aria-label="Code, ${label}"><code>${highlight(code)}</code></pre>
  <button type="button" class="copy needs-script">Copy</button></div>`
}

function renderForm({ path, form }, note, backField) {
  return html`<form method="post" action="${path}">
      ${html.raw(backField)}
      <label>${form.label} <input name="${form.field}" value="${form.value}" maxlength="80"></label>
      <button>Send</button>
      ${note === undefined ? undefined : html`<p class="note">Your last note: <q>${note}</q></p>`}
    </form>`
}

function renderEditor(feature) {
  const { method, fields, body } = initialRequest(feature)
  const options = METHODS.map((each) =>
    each === method ? html`<option selected>${each}</option>` : html`<option>${each}</option>`,
  )
  return html`<form class="request">
    <div class="line"><select name="method" aria-label="Method">${options}</select> <code>${feature.path}</code></div>
    <label>Fields, one a line<textarea name="fields" rows="4" spellcheck="false" placeholder="Name: value">${fields}</textarea></label>
    <label>Body<textarea name="body" rows="2" spellcheck="false">${body}</textarea></label>
    <div class="line"><button>Send</button> <p class="verdict" role="status">&nbsp;</p></div>
  </form>`
}

function renderAnswer(key, label, title) {
  return html`<div class="answer" data-answer="${key}"><h4>${label}</h4>
    <div class="bytes" tabindex="0" role="group" aria-label="${label}: ${title}"></div></div>`
}
