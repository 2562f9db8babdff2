import { startLive } from './live.js'

function element(tag, className, text) {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text !== undefined) node.textContent = text
  return node
}

function formatSize(size) {
  return size < 10_000 ? `${size} bytes` : `${(size / 1000).toFixed(1)} kB`
}

/** The head and the start of the content. */
function renderAnswer({ status, reason, fields, body, size, isCut }) {
  const head = element('pre', 'head')
  head.append(element('span', `status s${Math.floor(status / 100)}`, `${status} ${reason}`))
  for (const [name, value] of fields) head.append('\n', element('span', 'field', `${name}: `), value)
  const parts = [head]
  if (size > 0) parts.push(element('pre', 'body', isCut ? `${body} …` : body))
  const note = isCut && size >= 65_536 ? 'the first 64 KB' : formatSize(size)
  parts.push(element('p', 'size', size === 0 ? 'no content' : note))
  return parts
}

async function send(article) {
  const form = article.querySelector('.request')
  const verdict = form.querySelector('.verdict')
  const show = (key, parts) => article.querySelector(`[data-answer=${key}] .bytes`).replaceChildren(...parts)
  const { method, fields, body } = Object.fromEntries(new FormData(form))
  verdict.className = 'verdict'
  verdict.textContent = 'Asking both servers …'
  try {
    const response = await fetch(`/try/${encodeURIComponent(article.dataset.feature)}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ method, fields, body }),
    })
    const result = await response.json()
    if (!response.ok) throw new Error(result.detail)
    show('express', renderAnswer(result.express))
    show('koa', renderAnswer(result.koa))
    const alone = result.plain[document.title.endsWith('Koa') ? 'koa' : 'express']
    show('plain', alone ? renderAnswer(alone) : [element('p', 'size', 'The framework has no call for this.')])
    verdict.classList.add(result.isSame ? 'same' : 'differs')
    verdict.textContent = result.isSame ? 'Express and Koa: the same, to the byte' : 'Express and Koa differ'
  } catch (error) {
    verdict.classList.add('differs')
    verdict.textContent = error.message
  }
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue
      near.unobserve(target)
      send(target)
    }
  },
  { rootMargin: '400px' },
)

for (const article of document.querySelectorAll('article[data-feature]')) {
  article.querySelector('.request').addEventListener('submit', (event) => {
    event.preventDefault()
    send(article)
  })
  near.observe(article)
}

for (const button of document.querySelectorAll('.copy')) {
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent)
    button.textContent = 'Copied'
  })
}

startLive()
