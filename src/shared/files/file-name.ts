import { extensionOf, mediaTypeOf } from '../fields/media-type.js'

export interface NameChoice {
  readonly filename: string | undefined
  readonly name: string | undefined
}

/** What the file is saved as: `filename` as it is, `name` with the source's extension where it has none known. */
export function chooseFilename({ filename, name }: NameChoice, sourceName: string | undefined): string {
  if (filename) return filename
  return name ? withExtension(name, sourceName) : (sourceName ?? '')
}

function withExtension(name: string, sourceName: string | undefined): string {
  if (sourceName === undefined || mediaTypeOf(name) !== undefined) return name
  return name + extensionOf(sourceName)
}
