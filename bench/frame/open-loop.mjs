// Requests at a fixed rate, whether the server keeps up or not: prints the milliseconds from the moment at which a request
// was due to the end of its answer. A closed loop sends less while the server is slow, and so hides what waits.
import net from 'node:net'

const [url, rate, seconds, connections] = process.argv.slice(2)
const { hostname, port, pathname } = new URL(url)
const REQUEST = `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`
const idle = []
const due = []
const times = []
let failed = 0

/** A kept connection. It sends one request at a time and tells the end of each answer. */
class Client {
  #socket = net.connect(Number(port), hostname, () => idle.push(this)).setNoDelay()
  #dueAt = 0
  /** Bytes that the answer still has; `undefined` until its head has come. */
  #left
  #head = ''

  constructor() {
    this.#socket.on('data', (data) => this.#take(data))
    this.#socket.on('error', () => failed++)
  }

  send(dueAt) {
    this.#dueAt = dueAt
    this.#socket.write(REQUEST)
  }

  close() {
    this.#socket.destroy()
  }

  #take(data) {
    if (this.#left === undefined) {
      this.#head += data.toString('latin1')
      const end = this.#head.indexOf('\r\n\r\n')
      if (end < 0) return
      if (!this.#head.startsWith('HTTP/1.1 200')) failed++
      this.#left = Number(/content-length: (\d+)/i.exec(this.#head)[1]) + end + 4 - this.#head.length
    } else this.#left -= data.length
    if (this.#left > 0) return
    this.#left = undefined
    this.#head = ''
    times.push(performance.now() - this.#dueAt)
    idle.push(this)
  }
}

const clients = Array.from({ length: Number(connections) }, () => new Client())
while (idle.length < clients.length) await new Promise(setImmediate)

const interval = 1000 / Number(rate)
const start = performance.now()
const end = start + Number(seconds) * 1000
let next = start
let sent = 0
// A timer is too coarse: the loop looks at the clock all the time, on a processor of its own.
while (next < end || times.length < sent) {
  const now = performance.now()
  for (; next <= now && next < end; next += interval) due.push(next)
  while (due.length > 0 && idle.length > 0) {
    idle.pop().send(due.shift())
    sent++
  }
  if (now > end + 5000) break // an overloaded server: what is not answered by now counts as failed
  await new Promise(setImmediate)
}
failed += sent + due.length - times.length
for (const client of clients) client.close()
times.sort((a, b) => a - b)
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
console.log(JSON.stringify({ requests: times.length, failed, p50: at(0.5), p99: at(0.99), longest: times.at(-1) }))
