import { AsyncResource } from 'node:async_hooks'
import { toError } from '../../checks/errors.js'
import { Pages, type Sized } from '../pages.js'
import { type ServerSentEvent, serializeEventParts } from '../serialize-event.js'
import { holdGiven, type MadeSource, releaseSource } from '../source-owner.js'
import { checkValueSource, type IterableSource, isReadable } from '../stream-source.js'
import type { ChannelClient } from './channel-client.js'
import type { ChannelReader } from './channel-reader.js'

/** What a stream of channels begins with: one event, many, or nothing. */
export type FirstEvents = string | ServerSentEvent | IterableSource<string | ServerSentEvent> | null | undefined

/** Makes the first events of a client's stream. */
export type ReadFirst = (client: ChannelClient) => FirstEvents | Promise<FirstEvents>

/** An event of `first` as it is written. */
interface FirstEvent extends Sized {
  readonly text: string
}

/**
 * Begins a client's stream with the events of `first`, which is called after the client has a place in each channel. What
 * the channels get meanwhile is given after them. Settles when the beginning is there. If `first` fails, the stream fails.
 */
export async function giveFirst(reader: ChannelReader, first: ReadFirst, client: ChannelClient): Promise<void> {
  reader.holdFeeds()
  await reader.ready
  if (reader.isEnded) return
  let given: unknown
  try {
    given = (await readWhileOpen(reader, first, client))?.source
    const pages = openFirst(given)
    // What ends the stream may be another request, which closes the channel.
    const context = new AsyncResource('ResponseKitFirst')
    reader.whenEnded(() => context.runInAsyncScope(() => pages?.cancel()))
    const page = await pages?.next()
    void giveRest(reader, pages, page)
  } catch (reason) {
    releaseSource(given)
    reader.fail(toError(reason))
  }
}

async function readWhileOpen(
  reader: ChannelReader,
  first: ReadFirst,
  client: ChannelClient,
): Promise<MadeSource | undefined> {
  const given = await holdGiven(first(client))
  if (!reader.isEnded) return given
  releaseSource(given.source)
  return undefined
}

function openFirst(given: unknown): Pages<FirstEvent> | undefined {
  if (given === undefined || given === null) return undefined
  let position = 0
  const readEvent = (event: unknown): FirstEvent => {
    // Without its id: a client that leaves before it has all of them begins again.
    const { fields } = serializeEventParts(event, `sse: first: event ${position++} (counted from 0)`)
    return { text: fields === '' ? '' : `${fields}\n`, length: fields.length }
  }
  const isOne = typeof given === 'string' || (typeof given === 'object' && !isReadable(given))
  if (!isOne) checkValueSource('sse: what first returned', given)
  return new Pages(isOne ? [given] : given, readEvent)
}

async function giveRest(
  reader: ChannelReader,
  pages: Pages<FirstEvent> | undefined,
  firstPage: readonly FirstEvent[] | undefined,
): Promise<void> {
  try {
    for (let page = firstPage; page !== undefined; page = await pages?.next()) {
      const text = page.map((event) => event.text).join('')
      await new Promise<void>((resolve) => {
        reader.whenWanted(() => {
          reader.write(text)
          resolve()
        })
      })
    }
    reader.releaseFeeds()
  } catch (reason) {
    reader.fail(toError(reason))
  }
}
