import type { Content } from './content.js'
import { FileContent } from './file-content.js'
import type { FileSendOptions } from './file-options.js'
import type { FileSettings } from './file-settings.js'
import type { FileSource } from './file-source.js'
import { openFile } from './open-file.js'
import { resolvePath } from './resolve-path.js'

/** Opens a source, so that everything said of it is true of the octets sent. */
export async function openSource(
  source: FileSource,
  { root, dotfiles }: FileSendOptions,
  { followSymlinks }: FileSettings,
): Promise<Content> {
  const path = resolvePath(source, root, dotfiles)
  return new FileContent(await openFile(path, followSymlinks ? undefined : root), path)
}
