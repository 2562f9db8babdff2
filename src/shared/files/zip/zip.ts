import { invalidType } from '../../checks/errors.js'
import { abortedError, type Exchange } from '../../exchange/exchange.js'
import type { FieldLine, ResponseDescription } from '../../exchange/response-description.js'
import { evaluateStagedAfterHandler } from '../../exchange/staged-preconditions.js'
import { serializeContentDisposition } from '../../fields/content-disposition.js'
import { describePulledBody } from '../../streams/pulled-body.js'
import { readFileOptions } from '../file-options.js'
import { ZipArchive } from './zip-archive.js'
import { releaseZipSource, ZipEntries, type ZipSource } from './zip-entries.js'
import { readZipOptions, type ZipOptions, type ZipSettings } from './zip-options.js'

/** A call of `zip` whose arguments have passed all checks. It owns the sources of its entries. */
export interface ZipCall {
  readonly entries: ZipEntries
  readonly filename: string
  readonly settings: ZipSettings
}

/** Checks the arguments of `zip`. Every source is released if one of them is refused. */
export function acceptZip(entries: ZipSource, filename: string | undefined, options: ZipOptions | undefined): ZipCall {
  let settings: ZipSettings
  try {
    if (filename !== undefined && typeof filename !== 'string') {
      throw invalidType('zip(): filename', 'a string', filename)
    }
    settings = readZipOptions('zip()', options)
  } catch (error) {
    releaseZipSource(entries)
    throw error
  }
  return { entries: new ZipEntries(entries, settings), filename: filename || 'archive.zip', settings }
}

/** Several sources as one archive. Nothing of it is made before the answer is sent. */
export async function describeZip(
  exchange: Exchange,
  { entries, filename, settings }: ZipCall,
): Promise<ResponseDescription> {
  const { facts } = exchange
  entries.hold()
  const decided = evaluateStagedAfterHandler(facts)
  if (decided !== undefined) {
    entries.release()
    return decided
  }
  let archive: ZipArchive | undefined
  let length: number | undefined
  try {
    if (facts.aborted) throw abortedError()
    const options = readFileOptions('zip()', settings.paths, facts.settings.files)
    archive = new ZipArchive(exchange, entries, options, settings.missing)
    await archive.openFirst()
    length = await archive.measure()
  } catch (error) {
    archive?.close()
    entries.release()
    throw error
  }
  const opened = archive
  const fields: FieldLine[] = [['Content-Disposition', serializeContentDisposition('attachment', filename)]]
  if (length !== undefined) fields.push(['Content-Length', `${length}`])
  return {
    fields,
    defaults: [
      ['Content-Type', 'application/zip'],
      ['X-Content-Type-Options', 'nosniff'],
    ],
    body: describePulledBody(exchange, {
      subject: 'zip',
      length,
      open: (context) => opened.open(context),
      release: () => opened.close(),
    }),
  }
}
