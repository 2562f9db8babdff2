import { Readable } from 'node:stream'
import { isTurnUsedUp, nextTurn } from '../wire/turn-budget.js'
import type { RequestFacts } from './request-facts.js'
import { isBodySource, type ResponseDescription } from './response-description.js'

/** More bytes than this are sent piece by piece: a TLS connection encrypts in one turn what it is given at once. */
export const LONGEST_AT_ONCE: number = 1024 * 1024
const PIECE = 256 * 1024

/** A response whose body in memory leaves piece by piece, if it is long and its connection encrypts. */
export function inPieces(facts: RequestFacts, description: ResponseDescription): ResponseDescription {
  const { body } = description
  if (body === undefined || isBodySource(body) || !facts.isEncrypted || Buffer.byteLength(body) <= LONGEST_AT_ONCE) {
    return description
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return {
    ...description,
    fields: [...description.fields, ['Content-Length', `${bytes.byteLength}`]],
    body: {
      length: bytes.byteLength,
      // Bytes and no objects, which middleware of Koa may write as JSON.
      open: () => Readable.from(withinTurns(bytes), { objectMode: false }),
      cancel() {},
    },
  }
}

async function* withinTurns(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const piece of piecesOf(bytes)) {
    if (isTurnUsedUp()) await nextTurn()
    yield piece
  }
}

/** The bytes in pieces, so that neither a socket nor a hash gets them all in one turn. */
export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += PIECE) yield bytes.subarray(start, start + PIECE)
}
