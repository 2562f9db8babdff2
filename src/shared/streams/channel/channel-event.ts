import { invalidType } from '../../checks/errors.js'
import { Frame } from '../../wire/frame.js'
import { type ServerSentEvent, serializeEventParts, serializeId } from '../serialize-event.js'
import type { StoredEvent } from './channel-store.js'
import { decodePercent, encodePercent } from './percent-text.js'

/** An event of a channel, as `filter`, `map` and an iteration get it. It is frozen, because all clients get the same one. */
export interface ChannelEvent extends ServerSentEvent {
  /** The id that the store gave. */
  readonly id: string
  /** What was published: text, or what its JSON says. */
  readonly data?: unknown
}

/** Ahead of the fields: the client that does not get the event. A comment of a user has a space after the colon. */
const EXCEPT = ':except '

/**
 * What a store keeps of an event. Its text holds two notes that no client sees: the client that is left out, and whether
 * `data` is JSON, which then has no space after its colon. A program that does not know them reads the same event.
 */
export function serializeForStore(
  event: unknown,
  except: string | undefined,
): { readonly id: string | undefined; readonly fields: string } {
  const { id, fields, hasJson } = serializeEventParts(event, 'publish: event')
  const note = except === undefined ? '' : `${EXCEPT}${encodePercent(except)}\n`
  const noted = hasJson ? replaceColon(fields, 'data: ', 'data:') : fields
  return { id, fields: note + noted }
}

/** A store of the app's own may give anything. `subject` names in the error what gave the event. */
export function checkStored(event: unknown, subject: string): StoredEvent {
  const { id, fields } = (event ?? {}) as { readonly [Key in keyof StoredEvent]?: unknown } // any member may be missing
  if (typeof id !== 'string' || typeof fields !== 'string') {
    throw invalidType(subject, 'an object { id, fields } of strings', event)
  }
  serializeId(id, subject) // refuses a bad one
  return { id, fields }
}

/** An event of a channel in each form that a client may need. A form is made once for all clients. */
export class SharedEvent {
  readonly id: string
  /** The id of the client that does not get it. */
  readonly except: string | undefined
  /** The event as it is written, without its id. */
  readonly fields: string
  readonly #hasJson: boolean
  #text: string | undefined
  #frame: Frame | undefined
  #joined: { readonly id: string; readonly frame: Frame } | undefined
  #value: ChannelEvent | undefined

  constructor({ id, fields }: StoredEvent) {
    this.id = id
    let text = fields
    if (fields.startsWith(EXCEPT)) {
      const end = fields.indexOf('\n')
      this.except = decodePercent(fields.slice(EXCEPT.length, end))
      text = fields.slice(end + 1)
    }
    const written = replaceColon(text, 'data:', 'data: ')
    this.#hasJson = written !== text
    this.fields = written
  }

  /** The whole event as it is written. */
  get text(): string {
    this.#text ??= this.textWith(this.id)
    return this.#text
  }

  get frame(): Frame {
    this.#frame ??= new Frame(this.text)
    return this.#frame
  }

  /** About how long it is. */
  get length(): number {
    return this.id.length + this.fields.length
  }

  textWith(id: string): string {
    return `${serializeId(id, 'channel: event')}${this.fields}\n`
  }

  /** The event with the id of a joined stream. Clients that are in step share it. */
  frameWith(id: string): Frame {
    if (this.#joined?.id !== id) this.#joined = { id, frame: new Frame(this.textWith(id)) }
    return this.#joined.frame
  }

  get value(): ChannelEvent {
    this.#value ??= freeze({ ...parseFields(this.fields, this.#hasJson), id: this.id })
    return this.#value
  }
}

/** Adds or takes away the space after the colon of the last line, if that line begins with `before`. */
function replaceColon(fields: string, before: string, after: string): string {
  const start = fields.lastIndexOf('\n', fields.length - 2) + 1
  if (!fields.startsWith(before, start) || (before === 'data:' && fields[start + before.length] === ' ')) return fields
  return fields.slice(0, start) + after + fields.slice(start + before.length)
}

function parseFields(fields: string, hasJson: boolean): Omit<ServerSentEvent, 'id'> {
  const lines = new Map<string, string[]>()
  for (const line of fields.split('\n')) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const name = line.slice(0, colon)
    const value = line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
    const known = lines.get(name)
    if (known === undefined) lines.set(name, [value])
    else known.push(value)
  }
  const textOf = (name: string): string | undefined => lines.get(name)?.join('\n')
  const [comment, event, retry, data] = [textOf(''), textOf('event'), textOf('retry'), textOf('data')]
  return {
    ...(comment !== undefined && { comment }),
    ...(event !== undefined && { event }),
    ...(retry !== undefined && { retry: Number(retry) }),
    ...(data !== undefined && { data: hasJson ? parseJson(data) : data }),
  }
}

/** An event that another program wrote into the store may look like JSON, and not be it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What JSON gives is a tree. It may be too deep for a function that calls itself. */
function freeze<Value extends object>(value: Value): Value {
  const open: object[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    Object.freeze(next)
    for (const child of Object.values(next)) if (typeof child === 'object' && child !== null) open.push(child)
  }
  return value
}
