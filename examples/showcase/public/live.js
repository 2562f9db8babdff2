/** The parts of the page that happen over time. */
export function startLive() {
  for (const window of document.querySelectorAll('[data-window]')) openWindow(window)
  const publish = document.querySelector('[data-live=publish]')
  publish.addEventListener('submit', (event) => {
    event.preventDefault()
    post('/live/publish', Object.fromEntries(new FormData(publish)))
  })
  document.querySelector('[data-live=stream]').addEventListener('click', readStream)
  startDownload()
}

/** `redirect: 'manual'`: the answer leads a browser without a script back to this page. */
function post(path, values) {
  return fetch(path, { method: 'POST', body: new URLSearchParams(values), redirect: 'manual' })
}

function log(list, text, className) {
  const line = document.createElement('p')
  line.textContent = text
  if (className) line.className = className
  list.append(line)
  list.scrollTop = list.scrollHeight
}

function openWindow(pane) {
  const name = `${pane.dataset.window}-${Math.random().toString(36).slice(2)}`
  const state = pane.querySelector('.state')
  const list = pane.querySelector('.log')
  const source = new EventSource(`/live/events?window=${name}`)
  let openedAt = Date.now()
  source.addEventListener('open', () => {
    state.textContent = 'connected'
    openedAt = Date.now()
  })
  source.addEventListener('error', () => {
    state.textContent = 'cut: back in 3 seconds'
  })
  source.addEventListener('news', ({ data, lastEventId }) => {
    const { text, at } = JSON.parse(data)
    const isReplayed = at < openedAt
    log(list, `${text} · id ${lastEventId}${isReplayed ? ' · replayed' : ''}`, isReplayed ? 'replayed' : undefined)
  })
  pane.querySelector('button').addEventListener('click', () => post('/live/cut', { window: name }))
  addEventListener('pagehide', () => source.close())
}

async function readStream() {
  const list = document.querySelector('[data-log=stream]')
  list.replaceChildren()
  const start = performance.now()
  const { body } = await fetch('/streams/countdown')
  const pieces = body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await pieces.read()
    if (done) return
    log(list, `${Math.round(performance.now() - start)} ms: ${value.trim()}`)
  }
}

function startDownload() {
  const button = document.querySelector('[data-live=download]')
  const bar = document.querySelector('#live-download progress')
  const list = document.querySelector('[data-log=download]')
  let received = 0
  let tag
  let controller

  button.addEventListener('click', async () => {
    if (controller) return controller.abort()
    if (received > 0 && received === bar.max) received = 0
    controller = new AbortController()
    button.textContent = 'Pause'
    try {
      await read(controller.signal)
      button.textContent = 'Start again'
      log(list, `complete: ${received} bytes`)
    } catch {
      button.textContent = 'Resume'
      log(list, `paused at ${received} bytes`)
    }
    controller = undefined
  })

  async function read(signal) {
    const headers = received > 0 ? { Range: `bytes=${received}-`, 'If-Range': tag } : {}
    const response = await fetch('/live/measurements', { headers, signal, cache: 'no-store' })
    const range = response.headers.get('Content-Range')
    if (response.status !== 206) received = 0
    bar.max = range ? Number(range.split('/')[1]) : Number(response.headers.get('Content-Length'))
    tag = response.headers.get('ETag')
    log(list, range ? `${response.status}, Content-Range: ${range}` : `${response.status}, ${bar.max} bytes to come`)
    for await (const chunk of chunksOf(response.body)) {
      received += chunk.length
      bar.value = received
    }
  }
}

/** Not every browser can iterate a stream. */
async function* chunksOf(stream) {
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}
