// Asks for each feature what was on the wire, once its card comes near the screen.

function element(tag, className, text) {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text !== undefined) node.textContent = text
  return node
}

function formatSize(size) {
  if (size < 10_000) return `${size} bytes`
  return size < 1_000_000 ? `${(size / 1000).toFixed(1)} kB` : `${(size / 1_000_000).toFixed(1)} MB`
}

function renderAnswer({ asked, status, reason, fields, body, size, isCut }) {
  const answer = element('div', 'answer')
  const request = element('pre', 'asked')
  request.textContent = asked.join('\n')
  const head = element('pre', 'head')
  head.append(element('span', `status s${Math.floor(status / 100)}`, `${status} ${reason}`))
  for (const [name, value] of fields) head.append('\n', element('span', 'field', `${name}: `), value)
  answer.append(request, head)
  if (size > 0) {
    const content = element('pre', 'body')
    content.textContent = isCut ? `${body.slice(0, 420)} …` : body
    answer.append(content)
  }
  answer.append(element('p', 'size', size === 0 ? 'no content' : formatSize(size)))
  return answer
}

function renderVerdict({ isSame }) {
  return element(
    'p',
    isSame ? 'same' : 'differs',
    isSame ? 'Express and Koa: the same, to the byte' : 'Express and Koa differ',
  )
}

async function ask(article) {
  const wire = article.querySelector('.wire')
  try {
    const response = await fetch(`/wire/${encodeURIComponent(article.dataset.feature)}`)
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`)
    const result = await response.json()
    const parts = [renderVerdict(result), renderAnswer(result.express)]
    if (!result.isSame) parts.push(renderAnswer(result.koa))
    wire.replaceChildren(...parts)
  } catch (error) {
    wire.replaceChildren(element('p', 'differs', `No answer: ${error.message}`))
  }
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue
      near.unobserve(target)
      ask(target)
    }
  },
  { rootMargin: '400px' },
)
for (const article of document.querySelectorAll('article')) near.observe(article)
