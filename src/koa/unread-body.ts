import { Readable } from 'node:stream'
import { type BodySource, isOpenedStream, type OpenedBody } from '../shared/exchange/response-description.js'

/**
 * The body of an answer to HEAD. Koa does not read it. It opens its source only if other code does, as a cache that keeps
 * the content for GET: that code must get all of it.
 */
export function unreadBody(source: BodySource): Readable {
  let opening: OpenedBody | Promise<OpenedBody> | undefined
  async function* read(): AsyncGenerator<unknown> {
    opening = source.open()
    const opened = await opening
    if (isOpenedStream(opened)) yield* opened
    else yield opened
  }
  const body = Readable.from(read(), { objectMode: false })
  body.once('close', () => {
    if (opening === undefined) source.cancel()
    else Promise.resolve(opening).then(closeOpened, ignore)
  })
  return body
}

function closeOpened(opened: OpenedBody): void {
  if (isOpenedStream(opened)) opened.destroy()
}

function ignore(): void {}
