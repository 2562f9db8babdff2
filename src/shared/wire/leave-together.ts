import { AsyncResource } from 'node:async_hooks'
import { Socket } from 'node:net'
import { atEndOfTurn } from './end-of-turn.js'

const { uncork, destroy } = Socket.prototype

/** What was under way when a response was ended whose octets wait on its socket; `undefined` where none does. */
const ENDING: unique symbol = Symbol('response-kit.ending')

type AnsweringSocket = Socket & { [ENDING]?: AsyncResource | undefined }

/** So many wait at most: they keep the code that sends them in the processor's caches, and the first not long. */
const MOST_WAITING = 64

let ended = 0
let isBusy = false
let waiting: AnsweringSocket[] = []

/**
 * Called before a response is ended: has it leave at the end of this turn of the event loop, together with the others
 * that were ended in it. Going from one request's code to the kernel and back for each costs more than either. Where
 * there was one alone in the turn before, the first of this one leaves at once: a server at leisure holds nothing back.
 */
export function leaveTogether(socket: AnsweringSocket): void {
  ended++
  if (ended === 1) {
    atEndOfTurn(endTurn)
    if (!isBusy) return
  }
  if (socket[ENDING] !== undefined || !isReady(socket)) return
  if (waiting.length === MOST_WAITING) sendWaiting()
  socket.cork()
  socket[ENDING] = new AsyncResource('ResponseKitEnd')
  waiting.push(socket)
}

function endTurn(): void {
  isBusy = ended > 1
  ended = 0
  sendWaiting()
}

function sendWaiting(): void {
  const sockets = waiting
  waiting = []
  for (const socket of sockets) sendNow(socket)
}

/** What `finish` listeners find in an AsyncLocalStorage is what was there when the response was ended. */
function sendNow(socket: AnsweringSocket): void {
  const ending = socket[ENDING]
  if (ending === undefined) return
  socket[ENDING] = undefined
  ending.runInAsyncScope(uncork, socket)
}

let isListening = false

/** Once for each connection. Ending a response takes off every cork, and destroying a socket drops what it holds. */
function isReady(socket: AnsweringSocket): boolean {
  if (socket.uncork === uncorkUnlessEnding) return true
  if (socket.uncork !== uncork || socket.destroy !== destroy) return false // somebody watches it
  socket[ENDING] = undefined
  socket.uncork = uncorkUnlessEnding
  socket.destroy = sendAndDestroy
  if (!isListening) process.on('exit', sendWaiting)
  isListening = true
  return true
}

function uncorkUnlessEnding(this: AnsweringSocket): void {
  if (this[ENDING] === undefined || this.writableCorked > 1) uncork.call(this)
}

function sendAndDestroy(this: AnsweringSocket, error?: Error): Socket {
  sendNow(this)
  return destroy.call(this, error) as Socket
}
