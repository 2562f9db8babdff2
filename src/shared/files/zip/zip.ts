import { invalidType } from '../../checks/errors.js'
import { abortedError, type Exchange } from '../../exchange/exchange.js'
import type { ResponseDescription } from '../../exchange/response-description.js'
import { serializeContentDisposition } from '../../fields/content-disposition.js'
import { releaseSource } from '../../streams/pull-source.js'
import { describePulledBody } from '../../streams/pulled-body.js'
import type { Content } from '../content.js'
import { readFileOptions } from '../file-options.js'
import { openSource } from '../open-source.js'
import { ZipChunks } from './zip-archive.js'
import { checkZipEntries, type ZipEntry } from './zip-entry.js'

/** Several sources as one archive. The first entry is open before anything is decided: that it is missing is a 404. */
export function describeZip(
  exchange: Exchange,
  entries: Iterable<ZipEntry>,
  filename = 'archive.zip',
): Promise<ResponseDescription> {
  if (typeof filename !== 'string') throw invalidType('zip: filename', 'a string', filename)
  return describeArchive(exchange, checkZipEntries(entries), filename)
}

async function describeArchive(
  exchange: Exchange,
  entries: readonly ZipEntry[],
  filename: string,
): Promise<ResponseDescription> {
  const options = readFileOptions('zip()', {}, exchange.settings.files)
  const release = (): void => {
    for (const { source } of entries) releaseSource(source)
  }
  let first: Content | undefined
  try {
    if (exchange.aborted) throw abortedError()
    const [entry] = entries
    if (entry !== undefined) first = await openSource(exchange, entry.source, options)
  } catch (error) {
    release()
    throw error
  }
  return {
    fields: [['Content-Disposition', serializeContentDisposition('attachment', filename)]],
    defaults: [
      ['Content-Type', 'application/zip'],
      ['X-Content-Type-Options', 'nosniff'],
    ],
    body: describePulledBody(exchange, {
      subject: 'zip: archive',
      open: () => new ZipChunks(exchange, entries, options, first),
      release() {
        first?.close()
        release()
      },
    }),
  }
}
