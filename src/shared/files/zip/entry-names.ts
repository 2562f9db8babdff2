import { invalidRange } from '../../checks/errors.js'
import { removeInvisible } from '../../fields/content-disposition.js'
import { DEVICE_NAME } from '../disk/resolve-path.js'

/** What `zip` does with a name that an earlier entry has. */
export type ZipDuplicates = 'error' | 'rename'

/** Three bytes of UTF-8 for each UTF-16 unit at most; a name has 65,535 bytes at most (APPNOTE §4.4.10). */
const LONGEST_NAME = Math.floor(65_500 / 3)

/** No program unpacks so deep a path: Linux allows 4,095 bytes of path. To remember many levels takes long. */
const MOST_SEGMENTS = 256

/** Such text has no invisible character and one normal form: looking further costs time. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/

/**
 * The name as every system can unpack it safely, or `undefined` if it cannot be made safe. It loses invisible
 * characters, and dots and spaces at the end of a segment, which Windows ignores. The name of a device gets an
 * underscore. A name that could leave the directory it is unpacked to is refused.
 */
export function safeEntryName(name: string): string | undefined {
  if (name.length > LONGEST_NAME || /[\p{Cc}\p{Surrogate}\\]/u.test(name)) return undefined
  const visible = PRINTABLE_ASCII.test(name) ? name : removeInvisible(name)
  const isDirectory = name.endsWith('/') // `a/` and an invisible character name no file
  const given = (isDirectory ? visible.slice(0, -1) : visible).split('/', MOST_SEGMENTS + 1)
  if (given.length > MOST_SEGMENTS) return undefined
  const segments = given.map(safeSegment)
  if (segments.includes('')) return undefined // an absolute path, `a//b`, `.`, `..` and what Windows takes for these
  const safe = segments.join('/')
  if (/^[a-z]:/i.test(safe)) return undefined // a drive
  return isDirectory ? `${safe}/` : safe
}

function safeSegment(segment: string): string {
  let end = segment.length
  while (end > 0 && (segment[end - 1] === '.' || segment[end - 1] === ' ')) end--
  const trimmed = segment.slice(0, end)
  return DEVICE_NAME.test(trimmed) ? `_${trimmed}` : trimmed
}

const EXPECTED_NAME = `a relative path of at most ${MOST_SEGMENTS} segments, without ".." segments`

/** One level of the tree of names. */
interface Node {
  /** The first child. Most levels of deep paths have no other, and a map for each would cost memory and time. */
  firstKey: string | undefined
  first: Node | undefined
  others: Map<string, Node> | undefined
  kind: 'file' | 'directory' | 'parent'
  /** The number that the next file of this name gets. */
  nextNumber: number
}

/**
 * The names of one archive. Windows and macOS unpack names that differ only in case or in normal form into one file, so
 * these count as equal. The time to add a name depends on its own length only.
 */
export class EntryNames {
  readonly #root: Node = createNode('parent')
  readonly #duplicates: ZipDuplicates

  constructor(duplicates: ZipDuplicates) {
    this.#duplicates = duplicates
  }

  /**
   * The name that an entry gets in the archive; `undefined`: the archive has this directory already. Throws if the name
   * is taken or unsafe; `subject` names the entry.
   */
  add(given: string, subject: () => string): string | undefined {
    const name = safeEntryName(given)
    if (name === undefined) throw invalidRange(subject(), EXPECTED_NAME, given)
    const isDirectory = name.endsWith('/')
    const segments = (isDirectory ? name.slice(0, -1) : name).split('/')
    const last = segments.pop() ?? ''
    let parent = this.#root
    for (const segment of segments) {
      parent = childOf(parent, segment) ?? addChild(parent, segment, 'parent')
      if (parent.kind === 'file') throw invalidRange(subject(), 'not below the name of a file', given)
    }
    const known = childOf(parent, last)
    if (known === undefined) {
      addChild(parent, last, isDirectory ? 'directory' : 'file')
      return name
    }
    if ((known.kind === 'file') === isDirectory) {
      throw invalidRange(subject(), 'unlike the name of a file or a directory before it', given)
    }
    if (known.kind === 'parent') {
      known.kind = 'directory'
      return name
    }
    if (this.#duplicates === 'error') throw invalidRange(subject(), 'unlike the names before it', given)
    return isDirectory ? undefined : [...segments, addNumbered(parent, known, last)].join('/')
  }

  /** The name itself if no entry has it, else with the first number that is free. Does not take it. */
  freeName(name: string): string {
    let free = name
    for (let number = 2; childOf(this.#root, free) !== undefined; number++) free = withNumber(name, number)
    return free
  }
}

function createNode(kind: Node['kind']): Node {
  return { firstKey: undefined, first: undefined, others: undefined, kind, nextNumber: 2 }
}

function childOf(parent: Node, segment: string): Node | undefined {
  const key = keyOf(segment)
  return parent.firstKey === key ? parent.first : parent.others?.get(key)
}

function addChild(parent: Node, segment: string, kind: Node['kind']): Node {
  const child = createNode(kind)
  const key = keyOf(segment)
  if (parent.firstKey === undefined) {
    parent.firstKey = key
    parent.first = child
  } else {
    parent.others ??= new Map()
    parent.others.set(key, child)
  }
  return child
}

/** Takes the next name that is free: it is found at once, however many entries have the same name. */
function addNumbered(parent: Node, known: Node, segment: string): string {
  for (;;) {
    const numbered = withNumber(segment, known.nextNumber++)
    if (childOf(parent, numbered) !== undefined) continue
    addChild(parent, numbered, 'file')
    return numbered
  }
}

/** `a.txt` becomes `a (2).txt`. */
function withNumber(name: string, number: number): string {
  const dot = name.lastIndexOf('.')
  const end = dot > 0 ? dot : name.length
  return `${name.slice(0, end)} (${number})${name.slice(end)}`
}

function keyOf(segment: string): string {
  const lower = segment.toLowerCase()
  if (segment.length > LONGEST_NORMALIZED || PRINTABLE_ASCII.test(segment)) return lower
  // A lower-case letter may have a composed form that its capital lacks. A capital sigma becomes one of two letters.
  return lower.normalize('NFC').replaceAll('ς', 'σ')
}

/** Normalizing many combining marks takes more than linear time, and no file system takes so long a name. */
const LONGEST_NORMALIZED = 1024
