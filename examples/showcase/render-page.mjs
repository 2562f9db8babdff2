import { html } from 'response-kit'
import { features, sourceOf } from './features.mjs'
import { highlight } from './highlight.mjs'
import { routes } from './routes.mjs'

const NAMES = { express: 'Express', koa: 'Koa' }

const slug = (text) => text.toLowerCase().replaceAll(' ', '-')

export function renderPage({ framework, ports, note, backField }) {
  const shown = features.filter(({ group }) => group !== undefined)
  const groups = [...new Set(shown.map(({ group }) => group))]
  const sections = groups.map((group) => renderGroup(group, shown, { framework, note, backField }))
  const links = groups.map((group) => html`<li><a href="#${slug(group)}">${group}</a></li>`)
  const other = framework === 'express' ? 'koa' : 'express'
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>response-kit on ${NAMES[framework]}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${routes.url('asset', { file: 'style.css' })}">
<script type="module" src="${routes.url('asset', { file: 'page.js' })}"></script>
<header class="top">
  <div class="wide">
    <h1>response-kit</h1>
    <p class="lead">One set of methods for Express and Koa. The same call puts the same bytes on the wire; every answer
    below was asked of both servers just now, and compared byte by byte.</p>
    <p class="switch">This page comes from <strong>${NAMES[framework]}</strong>, port ${ports[framework]}.
    <a href="http://localhost:${ports[other]}/">The same from ${NAMES[other]}, port ${ports[other]}</a></p>
  </div>
</header>
<div class="wide columns">
  <nav aria-label="Features"><ul>${links}</ul></nav>
  <main>${sections}</main>
</div>
</html>
`
}

function renderGroup(group, shown, context) {
  const cards = shown.filter((feature) => feature.group === group).map((feature) => renderFeature(feature, context))
  return html`<section id="${slug(group)}"><h2>${group}</h2>${cards}</section>`
}

function renderFeature(feature, { framework, note, backField }) {
  const { name, title, about, path, picture } = feature
  const code = sourceOf(feature, framework)
  return html`<article data-feature="${name}">
  <div class="what">
    <h3>${title}</h3>
    <p>${about}</p>
    <pre class="code"><code>${highlight(code)}</code></pre>
    ${picture ? html`<img src="${path}" alt="Dawn over hills" width="640" height="320">` : undefined}
    ${feature.form ? renderForm(feature, note, backField) : html`<p><a class="try" href="${path}">Open ${path}</a></p>`}
  </div>
  <div class="wire" aria-live="polite"><p class="waiting">Asking both servers&thinsp;…</p></div>
</article>`
}

function renderForm({ path, form }, note, backField) {
  return html`<form method="post" action="${path}">
      ${html.raw(backField)}
      <label>${form.label} <input name="${form.field}" value="${form.value}" maxlength="80"></label>
      <button>Send</button>
      ${note === undefined ? undefined : html`<p class="note">Your last note: <q>${note}</q></p>`}
    </form>`
}
