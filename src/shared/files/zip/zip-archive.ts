import { isBytes, viewBytes } from '../../checks/bytes.js'
import { ResponseKitError } from '../../checks/errors.js'
import { abortedError, type Exchange, isAborted, toError } from '../../exchange/exchange.js'
import type { PullSource } from '../../streams/pull-source.js'
import { releaseSource } from '../../streams/source-owner.js'
import { isTurnUsedUp, nextTurn } from '../../wire/turn-budget.js'
import type { Content, ReadContext } from '../content.js'
import { shortBody } from '../disk/file-error.js'
import type { FileSendOptions } from '../file-options.js'
import type { CheckedSource } from '../file-source.js'
import type { LateCall } from '../late-source.js'
import { isObjectSource } from '../objects/object-source.js'
import { mayOpenAgain } from '../objects/store-error.js'
import { openSource } from '../open-source.js'
import { BLOCK_SIZE, type DataCoder, Deflater, PlainData, StoredBlocks } from './data-coders.js'
import { checksum, EntryBytes } from './entry-bytes.js'
import type { EntryReader, ZipEntries } from './zip-entries.js'
import type { CheckedEntry } from './zip-entry.js'
import {
  centralHeader,
  dataDescriptor,
  endOfArchive,
  lengthOfCentralHeader,
  lengthOfLocalHeader,
  localHeader,
  type ZipMember,
} from './zip-format.js'
import { fitsOneBlock, foreseeMember, headOfLarge, headOfSmall, packSmall, type SourceFacts } from './zip-member.js'
import type { ZipMissing } from './zip-options.js'

/** At most this many sources are open at the same time to learn their sizes. */
const MEASURED_AT_ONCE = 16
const HEADERS_IN_PIECE = 256
/** A comment may be as long as this by itself. */
const BYTES_IN_PIECE = 64 * 1024
/** The last entry, if entries were left out. */
const MISSING_LIST = 'missing.txt'
const EMPTY = Buffer.alloc(0)
/** Names an entry's source in errors. */
const SUBJECT = 'zip: source'

/**
 * The bytes of an archive, made when they are asked for. One entry is open at a time. An entry that fails makes the
 * whole archive fail, so that no reader takes a part of it for the whole.
 *
 * If an entry is small, or stored and in memory, its sizes and its checksum stand before its data. Otherwise they come
 * after it, and the data is in the format of deflate, which marks its own end. Java's ZipInputStream and bsdtar can read
 * such an entry from a pipe. They cannot read a stored one.
 */
export class ZipArchive implements PullSource {
  readonly #exchange: Exchange
  readonly #entries: ZipEntries
  readonly #options: FileSendOptions
  readonly #missingPolicy: ZipMissing
  /** The time of an entry that has none. */
  readonly #now = new Date()
  readonly #bytes: AsyncGenerator<Buffer, void>
  /** What the entry that is being read holds. */
  readonly #held: { close(): void }[] = []
  readonly #central = new CentralDirectory()
  readonly #missing: string[] = []
  #firstContent: Content | undefined
  /** What each entry was when the length of the archive was computed. `undefined`: no length is announced. */
  #measured: readonly SourceFacts[] | undefined
  #context: ReadContext | undefined
  #reader: EntryReader | undefined
  /** The place of the entry that is being read. */
  #index = -1
  /** How many bytes the archive has so far. */
  #offset = 0
  #isClosed = false

  constructor(exchange: Exchange, entries: ZipEntries, options: FileSendOptions, missing: ZipMissing) {
    this.#exchange = exchange
    this.#entries = entries
    this.#options = options
    this.#missingPolicy = missing
    this.#bytes = this.#generate()
  }

  /** Sources may ask this context whether the client has left. */
  open(context: ReadContext): this {
    this.#context = context
    return this
  }

  next(): Promise<IteratorResult<Buffer, void>> {
    return this.#bytes.next()
  }

  /** Ends the archive at any byte. Everything is released at once, also while a source has not answered yet. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#firstContent?.close()
    this.#releaseHeld()
    this.#reader?.close()
    this.#entries.release()
    this.#bytes.return().catch(ignore)
  }

  /** Opens the first entry of a list if it is a path or an object of a store: a missing one is an error page, to HEAD too. */
  async openFirst(): Promise<void> {
    const source = (await this.#entries.checkAll())?.[0]?.source
    if (source === undefined || this.#missingPolicy === 'list') return
    if (typeof source !== 'string' && !isObjectSource(source)) return
    this.#firstContent = await openSource(this.#exchange.facts, source, this.#options, 'zip()')
  }

  /** The length of the archive, if every size is known, nothing is compressed, and no entry may be left out. */
  async measure(): Promise<number | undefined> {
    const list = await this.#entries.checkAll()
    if (list === undefined || !list.every((entry) => this.#isForeseen(entry))) return undefined
    const measured: SourceFacts[] = []
    let offset = 0
    let centralSize = 0
    for (let at = 0; at < list.length; at += MEASURED_AT_ONCE) {
      if (isTurnUsedUp()) await nextTurn()
      if (this.#exchange.facts.aborted) throw abortedError()
      const entries = list.slice(at, at + MEASURED_AT_ONCE)
      const facts = await Promise.all(
        entries.map(({ source }, index) => this.#factsOf(source, at + index === 0 ? this.#firstContent : undefined)),
      )
      for (const [index, entry] of entries.entries()) {
        const { size, ...others } = facts[index] ?? {}
        if (size === undefined) return undefined
        measured.push({ size, ...others })
        const member = foreseeMember(entry, { size, ...others }, this.#now, offset)
        offset += lengthOfLocalHeader(member) + member.compressedSize + dataDescriptor(member).byteLength
        centralSize += lengthOfCentralHeader(member)
      }
    }
    this.#measured = measured
    return offset + centralSize + endOfArchive(list.length, centralSize, offset).byteLength
  }

  /** Whether nothing but its size decides how long an entry is in the archive. */
  #isForeseen({ source, compress }: CheckedEntry): boolean {
    if (source === undefined) return true
    return !compress && (this.#missingPolicy === 'cut' || isBytes(source))
  }

  /** What a source says of itself, if it can be asked before it is read. */
  async #factsOf(source: CheckedSource | undefined, opened: Content | undefined): Promise<SourceFacts> {
    if (source === undefined) return { size: 0 }
    if (isBytes(source)) return { size: viewBytes(SUBJECT, source).byteLength }
    if (typeof source === 'function') return {} // it is called when its entry is read
    const content = opened ?? (await openSource(this.#exchange.facts, source, this.#options, 'zip()'))
    const { size, lastModified, mode, inode } = content
    if (content !== opened && (typeof source === 'string' || isObjectSource(source))) content.close()
    return { size, lastModified, mode, inode }
  }

  async *#generate(): AsyncGenerator<Buffer, void> {
    for (let entry = await this.#nextEntry(); entry !== undefined; entry = await this.#nextEntry()) {
      const opened = entry.source === undefined ? DIRECTORY : await this.#open(entry, entry.source)
      if (opened === undefined) continue
      if ('data' in opened) yield await this.#addSmall(entry, opened)
      else yield* this.#addLarge(entry, opened)
      this.#releaseHeld()
    }
    if (this.#missing.length > 0) yield await this.#addSmall(this.#missingList(), this.#missingText())
    yield* this.#end()
  }

  async #nextEntry(): Promise<CheckedEntry | undefined> {
    if (isTurnUsedUp()) await nextTurn()
    if (this.#isClosed) throw abortedError()
    this.#index++
    this.#reader ??= this.#entries.read()
    return this.#reader.next()
  }

  /** Opens an entry and reads its first blocks. `undefined`: it cannot be opened, and is left out. */
  async #open(entry: CheckedEntry, source: CheckedSource, attempt = 1): Promise<OpenedEntry | undefined> {
    if (isBytes(source)) {
      const data = viewBytes(SUBJECT, source)
      const facts = this.#factsAsMeasured(entry, { size: data.byteLength })
      if (fitsOneBlock(data.byteLength)) return { facts, data }
    }
    let hasFailed = false
    try {
      const hold = (call: LateCall): void => void this.#hold({ close: () => call.end(hasFailed || this.#isClosed) })
      const { facts } = this.#exchange
      const content = this.#takeFirst() ?? (await openSource(facts, source, this.#options, 'zip()', { hold }))
      this.#hold(content)
      const own = this.#factsAsMeasured(entry, content)
      const bytes = this.#hold(new EntryBytes(content, this.#context, own.size))
      const first = (await bytes.nextBlock()) ?? EMPTY
      const second = first.byteLength === BLOCK_SIZE ? await bytes.nextBlock() : undefined
      if (second === undefined) return { facts: own, data: first }
      return { facts: own, bytes, firstBlocks: [first, second] }
    } catch (reason) {
      const error = toError(reason)
      hasFailed = true
      this.#releaseHeld()
      if (mayOpenAgain(error, attempt) && !this.#isClosed) return this.#open(entry, source, attempt + 1)
      releaseSource(source) // perhaps a generator has given the entry, and the app has lost sight of it
      if (this.#missingPolicy === 'cut' || this.#isClosed || isAborted(error)) throw error
      this.#exchange.report(error, false)
      this.#missing.push(`${entry.name}: ${reasonOf(error)}`)
      return undefined
    }
  }

  /**
   * The announced length counts each entry as it was measured. So a file that has grown since, as a log does, is read up to
   * there. An entry that has changed otherwise is a failure.
   */
  #factsAsMeasured({ name }: CheckedEntry, facts: SourceFacts): SourceFacts {
    const measured = this.#measured?.[this.#index]
    if (measured?.size === undefined) return facts
    const { size = 0 } = facts
    if (size < measured.size) throw shortBody(measured.size, size)
    const hasGrown = measured.inode !== undefined && measured.inode === facts.inode
    if (size > measured.size && !hasGrown) throw changedBytes(name)
    return measured
  }

  async #addSmall(entry: CheckedEntry, { facts, data }: SmallEntry): Promise<Buffer> {
    const head = headOfSmall(entry, facts, this.#now)
    const { member, packed } = await packSmall(head, data, entry.compress, this.#offset)
    this.#central.add(member)
    return this.#count(Buffer.concat([localHeader(member), packed]))
  }

  async *#addLarge(entry: CheckedEntry, { facts, bytes, firstBlocks }: LargeEntry): AsyncGenerator<Buffer, void> {
    const head = headOfLarge(entry, facts, this.#now)
    const { size = 0 } = facts
    const crc = !head.hasDescriptor && isBytes(entry.source) ? await checksum(viewBytes(SUBJECT, entry.source)) : 0
    const offset = this.#offset
    yield this.#count(localHeader({ ...head, crc, size, compressedSize: size, offset }))
    const start = this.#offset
    const coder = this.#hold(head.hasDescriptor ? createCoder(entry.compress) : new PlainData())
    const waiting = [...firstBlocks]
    for (;;) {
      const block = waiting.shift() ?? (await bytes.nextBlock())
      await (block === undefined ? coder.end() : coder.write(block))
      const data = coder.take()
      if (data !== undefined) yield this.#count(data)
      if (block === undefined) break
    }
    const member: ZipMember = {
      ...head,
      crc: bytes.crc,
      size: bytes.size,
      compressedSize: this.#offset - start,
      offset,
    }
    if (!head.hasDescriptor && crc !== bytes.crc) throw changedBytes(entry.name)
    yield this.#count(dataDescriptor(member))
    this.#central.add(member)
  }

  *#end(): Generator<Buffer, void> {
    const start = this.#offset
    for (const piece of this.#central.pieces()) yield this.#count(piece)
    yield endOfArchive(this.#central.count, this.#offset - start, start)
  }

  #missingList(): CheckedEntry {
    const name = this.#reader?.freeName(MISSING_LIST) ?? MISSING_LIST
    return { name, source: EMPTY, compress: true, mtime: undefined, mode: undefined, comment: '' }
  }

  #missingText(): SmallEntry {
    const text = `These entries could not be read when this archive was made:\n\n${this.#missing.join('\n')}\n`
    return { facts: {}, data: Buffer.from(text) }
  }

  #takeFirst(): Content | undefined {
    const content = this.#firstContent
    this.#firstContent = undefined
    return content
  }

  /** Keeps what has to be closed after this entry. After the end of the archive it is closed at once. */
  #hold<Held extends { close(): void }>(held: Held): Held {
    this.#held.push(held)
    if (this.#isClosed) {
      this.#releaseHeld()
      throw abortedError()
    }
    return held
  }

  #releaseHeld(): void {
    for (const each of this.#held.splice(0)) each.close()
  }

  #count(bytes: Buffer): Buffer {
    this.#offset += bytes.byteLength
    return bytes
  }
}

/** The headers at the end of the archive, joined to pieces: many small Buffers cost more memory than their bytes. */
class CentralDirectory {
  count = 0
  readonly #pieces: Buffer[] = []
  #headers: Buffer[] = []
  #length = 0

  add(member: ZipMember): void {
    this.count++
    const header = centralHeader(member)
    this.#length += header.byteLength
    if (this.#headers.push(header) === HEADERS_IN_PIECE || this.#length >= BYTES_IN_PIECE) this.#join()
  }

  pieces(): readonly Buffer[] {
    this.#join()
    return this.#pieces
  }

  #join(): void {
    this.#pieces.push(Buffer.concat(this.#headers, this.#length))
    this.#headers = []
    this.#length = 0
  }
}

type OpenedEntry = SmallEntry | LargeEntry

/** An entry of at most one block, which has been read. */
interface SmallEntry {
  readonly facts: SourceFacts
  readonly data: Buffer
}

/** A longer entry, of which the first two blocks have been read. */
interface LargeEntry {
  readonly facts: SourceFacts
  readonly bytes: EntryBytes
  readonly firstBlocks: readonly [Buffer, Buffer]
}

const DIRECTORY: SmallEntry = { facts: {}, data: EMPTY }

function createCoder(compress: boolean): DataCoder {
  return compress ? new Deflater() : new StoredBlocks()
}

/** What the client may read of a failure. */
function reasonOf(error: Error): string {
  const isShown = error instanceof ResponseKitError && error.expose
  return isShown ? error.message : 'could not be read'
}

function changedBytes(name: string): ResponseKitError {
  return new ResponseKitError('SOURCE_FAILED', `zip: the bytes of ${name} were changed while they were sent`)
}

function ignore(): void {}
