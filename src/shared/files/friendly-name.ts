import { toSafeFilename } from '../fields/content-disposition.js'
import { wholeExtensionOf } from '../fields/media-type.js'

/**
 * A friendly name with the extension of the file, which is added unless the name ends in just that one: `Intro to Node.js`
 * of a PDF is no script. Without a file, the name stays as it is.
 */
export function friendlyFilename(name: string, nameOfFile: string | undefined): string {
  const extension = nameOfFile === undefined ? '' : wholeExtensionOf(nameOfFile)
  if (nameOfFile === undefined || extension === '') return name
  const stem = withoutTrailingDots(toSafeFilename(name))
  if (stem === '') return nameOfFile
  const hasExtension = stem.length > extension.length && stem.toLowerCase().endsWith(extension.toLowerCase())
  return hasExtension ? stem : stem + extension
}

/** Windows drops dots and spaces at the end of a name, so they do not separate it from its extension. */
function withoutTrailingDots(name: string): string {
  let end = name.length
  while (end > 0 && '. '.includes(name.charAt(end - 1))) end--
  return name.slice(0, end)
}
