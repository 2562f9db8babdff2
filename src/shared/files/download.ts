import type { Exchange } from '../exchange/exchange.js'
import type { FieldLine, ResponseDescription } from '../exchange/response-description.js'
import { describeSource } from './file.js'
import type { FileOptions } from './file-options.js'
import { checkSource, type FileSource, orRelease } from './file-source.js'
import { readFileOptions } from './read-file-options.js'

/** A file saved by the browser, unless `inline: true` says otherwise. */
export function describeDownload(
  exchange: Exchange,
  source: FileSource,
  filename?: string | null,
  options?: FileOptions | null,
): Promise<ResponseDescription> {
  const describing = orRelease(source, () => {
    const checked = checkSource('download()', source)
    const read = readFileOptions('download()', options, exchange.settings.files, filename)
    return describeSource(exchange, checked, read, 'attachment')
  })
  return exchange.hasLegacySpelling ? describing.then(spellAsLegacy) : describing
}

/** The same values in the other of two spellings their grammars allow (RFC 9110 §5.6.6, §8.3.2). */
function spellAsLegacy(description: ResponseDescription): ResponseDescription {
  const spell = ([name, value]: FieldLine): FieldLine => {
    if (name === 'Content-Disposition') return [name, value.replace(/; filename=([^";]+)/, '; filename="$1"')]
    return [name, name === 'Content-Type' ? value.replace('charset=utf-8', 'charset=UTF-8') : value]
  }
  const { fields, defaults } = description
  return { ...description, fields: fields.map(spell), defaults: defaults.map(spell) }
}
