import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import { channel, type EventSourceOf, html, type ResponseMethods } from '../../src/index.js'
import { readZipBytes } from '../support/read-zip.js'
import { contentOf, expectSameBytes } from './content.js'
import type { Plan, SourceFault } from './plan.js'
import {
  asyncGenerator,
  asyncValues,
  fetched,
  fileHandle,
  fileStream,
  generator,
  hastyGenerator,
  nodeStream,
  objectStream,
  plainValues,
  randomAccess,
  storedObject,
  values,
  type Workshop,
  webStream,
} from './sources.js'

/** An answer as the client has it: the whole body, its content coding taken off. */
export interface WholeAnswer {
  readonly fields: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** One way to answer: what the server calls, and what a complete answer must hold. */
export interface Kind {
  readonly name: string
  readonly send: (target: ResponseMethods, plan: Plan, workshop: Workshop) => unknown
  /** Throws if a complete answer is not what the plan says. */
  readonly verify: (answer: WholeAnswer, plan: Plan) => void
  /** Throws if the beginning of a body, which did not come to its end, has bytes of another one. */
  readonly verifyPart?: (part: Buffer, plan: Plan) => void
  /** What can go wrong in its source. */
  readonly faults: readonly SourceFault[]
  /** Further fields of the request. */
  readonly request?: (plan: Plan) => Record<string, string>
  readonly status?: number
  /** The whole body is handed to Node at once: no stalled client holds a source open. */
  readonly isWhole?: boolean
  readonly minSize?: number
  /** Which part of the size the body has, if not all of it. */
  readonly share?: number
  /** The head, or more, can go out before the source that can fail has given anything. */
  readonly hasEarlierParts?: boolean
}

type ByteSource = (plan: Plan, workshop: Workshop) => any
interface SourceKind {
  readonly make: ByteSource
  readonly faults: readonly SourceFault[]
  /** It yields whole objects, which `streaming` refuses. */
  readonly onlyFile?: boolean
  readonly isWhole?: boolean
}

const YIELDING = ['fails early', 'fails late', 'is too short', 'is too long'] as const

const byteSources: Readonly<Record<string, SourceKind>> = {
  path: { make: (plan, { file }) => file(plan), faults: ['shrinks'], onlyFile: true },
  buffer: { make: ({ seed, size }) => contentOf(seed, 0, size), faults: [], isWhole: true },
  blob: { make: ({ seed, size }) => new Blob([contentOf(seed, 0, size)]), faults: [] },
  generator: { make: generator, faults: YIELDING },
  'async generator': { make: asyncGenerator, faults: YIELDING },
  'async generator without waits': { make: hastyGenerator, faults: YIELDING },
  'node stream': { make: (plan, workshop) => nodeStream(plan, workshop), faults: YIELDING },
  'object-mode stream': {
    make: (plan, workshop) => nodeStream(plan, workshop, true),
    faults: YIELDING,
    onlyFile: true,
  },
  'file stream': { make: fileStream, faults: [] },
  'web stream': { make: webStream, faults: YIELDING },
  'random access': { make: randomAccess, faults: YIELDING, onlyFile: true },
  'random access without waits': {
    make: (plan, workshop) => randomAccess(plan, workshop, false),
    faults: YIELDING,
    onlyFile: true,
  },
  'file handle': { make: fileHandle, faults: ['shrinks'], onlyFile: true },
  'fetched response': { make: fetched, faults: ['fails early', 'fails late', 'is too short'], onlyFile: true },
  'object of a store': { make: storedObject, faults: ['fails early', 'fails late', 'is too short'], onlyFile: true },
  function: { make: (plan, workshop) => () => asyncGenerator(plan, workshop), faults: YIELDING },
}

/** Every byte of the body is known. */
const exactly = (bodyOf: (plan: Plan) => Buffer): Pick<Kind, 'verify' | 'verifyPart'> => ({
  verify: ({ body }, plan) => expectSameBytes(body, bodyOf(plan)),
  verifyPart: (part, plan) => expectSameBytes(part, bodyOf({ ...plan, fault: 'none' }).subarray(0, part.length)),
})
const exactBytes = exactly(({ seed, size }) => contentOf(seed, 0, size))
const exactText = (text: (plan: Plan) => string): Pick<Kind, 'verify' | 'verifyPart'> =>
  exactly((plan) => Buffer.from(text(plan)))

/** A source that is too short or too long is so against a length that was announced. */
const announce = (target: ResponseMethods, { size, fault }: Plan): void => {
  if (fault === 'is too short' || fault === 'is too long') target.setHeader('Content-Length', `${size}`)
}

const downloads = Object.entries(byteSources).map(
  ([name, { make, faults, isWhole = false }]): Kind => ({
    name: `download of ${name}`,
    faults,
    isWhole,
    ...exactBytes,
    async send(target, plan, workshop) {
      if (!name.startsWith('random access')) announce(target, plan)
      await target.download(await make(plan, workshop), 'content.bin')
    },
  }),
)

const streams = Object.entries(byteSources)
  .filter(([, { onlyFile }]) => !onlyFile)
  .map(
    ([name, { make, faults, isWhole = false }]): Kind => ({
      name: `streaming of ${name}`,
      faults,
      isWhole,
      ...exactBytes,
      async send(target, plan, workshop) {
        announce(target, plan)
        await target.streaming(await make(plan, workshop))
      },
    }),
  )

/** From an eighth to half, in one range, and three ranges in parts. */
const ranges = ({ size }: Plan): [number, number][] => [
  [size >> 3, (size >> 2) - 1],
  [(size >> 2) + 100, (size >> 2) + 200],
  [size >> 1, size - (size >> 2)],
]

const rangeKinds = ['path', 'buffer', 'random access', 'object of a store'].flatMap((name): Kind[] => {
  const { make, faults } = byteSources[name] as SourceKind // one of the names above
  const usable = faults.filter((fault) => fault !== 'is too long')
  const common = {
    faults: usable,
    status: 206,
    minSize: 10_000,
    send: async (target: ResponseMethods, plan: Plan, workshop: Workshop) =>
      target.file(await make(plan, workshop), { type: 'application/pdf' }),
  }
  return [
    {
      ...common,
      name: `one range of ${name}`,
      request: (plan) => ({ range: `bytes=${plan.size >> 3}-${plan.size - 10}` }),
      ...exactly(({ seed, size }) => contentOf(seed, size >> 3, size - 10 - (size >> 3) + 1)),
    },
    {
      ...common,
      name: `three ranges of ${name}`,
      share: 3 / 8,
      hasEarlierParts: true,
      request: (plan) => ({
        range: `bytes=${ranges(plan)
          .map(([first, last]) => `${first}-${last}`)
          .join(',')}`,
      }),
      verify: verifyParts,
    },
  ]
})

/** RFC 9110 §14.6: each part has its own head, and ends where its Content-Range says. */
function verifyParts({ fields, body }: WholeAnswer, plan: Plan): void {
  const boundary = /^multipart\/byteranges; boundary="?([^"]+)"?$/.exec(`${fields['content-type']}`)?.[1]
  if (boundary === undefined) throw new Error(`no boundary in Content-Type: ${fields['content-type']}`)
  let at = 0
  for (const [first, last] of ranges(plan)) {
    const end = body.indexOf('\r\n\r\n', at) + 4
    const head = body.toString('latin1', at, end)
    if (!head.includes(`--${boundary}\r\n`)) throw new Error(`no boundary at ${at}`)
    if (!head.includes(`bytes ${first}-${last}/${plan.size}`)) throw new Error(`wrong head of a part: ${head}`)
    at = end + last - first + 1
    expectSameBytes(body.subarray(end, at), contentOf(plan.seed, first, last - first + 1))
  }
  if (body.toString('latin1', at).trim() !== `--${boundary}--`) throw new Error('the last boundary is missing')
}

const jsonLines = (plan: Plan): string => [...plainValues(plan)].map((value) => `${JSON.stringify(value)}\n`).join('')
const CSV = { columns: ['text'], bom: true, guard: false }
const valueSources = { generator: values, 'async generator': asyncValues, 'object stream': objectStream }

const valueKinds = Object.entries(valueSources).flatMap(([name, make]): Kind[] => [
  {
    name: `ndjson of ${name}`,
    faults: ['fails early', 'fails late'],
    send: (target, plan, workshop) => target.ndjson(make(plan, workshop)),
    ...exactText(jsonLines),
  },
  {
    name: `jsonArray of ${name}`,
    faults: ['fails early', 'fails late'],
    send: (target, plan, workshop) => target.jsonArray(make(plan, workshop)),
    verify: ({ body }, plan) =>
      expectSameBytes(Buffer.from(JSON.stringify(JSON.parse(body.toString()))), jsonOf([...plainValues(plan)])),
  },
  {
    name: `jsonStream of ${name}`,
    hasEarlierParts: true, // what stands before the source in the text
    faults: ['fails early', 'fails late'],
    send: (target, plan, workshop) => target.jsonStream({ first: 1, rows: make(plan, workshop), last: 2 }),
    ...exactText((plan) => JSON.stringify({ first: 1, rows: [...plainValues(plan)], last: 2 })),
  },
  {
    name: `csv of ${name}`,
    faults: ['fails early', 'fails late'],
    send: (target, plan, workshop) => target.csv(make(plan, workshop) as Iterable<object>, CSV),
    verify: ({ body }, plan) => {
      const rows = parse(body, { columns: true, bom: true }).map((row) => (row as { text: string }).text)
      expectSameBytes(jsonOf(rows), jsonOf([...plainValues(plan)].map(({ text }) => text)))
    },
  },
  {
    name: `html with ${name}`,
    hasEarlierParts: true,
    faults: ['fails early', 'fails late'],
    send(target, plan, workshop) {
      const rows = make(plan, workshop, (row) => html`<p>${(row as { text: string }).text}</p>`)
      target.html(html`<main>${rows}</main>`)
    },
    ...exactText((plan) => `<main>${[...plainValues(plan)].map(({ text }) => `<p>${text}</p>`).join('')}</main>`),
  },
  {
    name: `sse of ${name}`,
    hasEarlierParts: true, // the head does not wait long for the first event
    faults: ['fails early', 'fails late'],
    send: (target, plan, workshop) => target.sse(make(plan, workshop, (data) => ({ data })) as EventSourceOf),
    verify: verifyEvents,
  },
])

function verifyEvents({ body }: WholeAnswer, plan: Plan): void {
  const lines = body.toString().split('\n')
  const data = lines.filter((line) => line.startsWith('data: ')).map((line) => JSON.parse(line.slice(6)))
  expectSameBytes(jsonOf(data), jsonOf([...plainValues(plan)]))
}

/** A channel drops a client for which more than 1 MB waits, so it gives less. */
const channelPlan = (plan: Plan): Plan => ({ ...plan, size: Math.min(plan.size, 600_000) })

const channelKind: Kind = {
  name: 'sse of channel',
  minSize: 1, // a channel that is closed before its first event is a 503
  faults: [],
  isWhole: true,
  async send(target, plan) {
    const news = channel()
    const sent = target.sse(news)
    for (const data of plainValues(channelPlan(plan))) {
      await turn()
      news.publish({ data })
    }
    news.close()
    await sent
  },
  verify: (answer, plan) => verifyEvents(answer, channelPlan(plan)),
}

const jsonOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

/** What came of the first entry, which is stored after its local header (APPNOTE §4.3.7), as it is or in blocks. */
function verifyFirstEntry(part: Buffer, { seed, size }: Plan): void {
  if (part.length < 30) return
  const start = 30 + part.readUInt16LE(26) + part.readUInt16LE(28)
  const isInBlocks = part.readUInt16LE(8) === 8
  const data = isInBlocks ? storedBlocks(part.subarray(start)) : part.subarray(start, start + size)
  expectSameBytes(data, contentOf(seed, 0, data.length))
}

/** The data of blocks that are not compressed (RFC 1951 §3.2.4), up to the last block of the entry. */
function storedBlocks(bytes: Buffer): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt16LE(at + 1)
    blocks.push(bytes.subarray(at + 5, end))
    if (bytes[at] !== 0) break
    at = end
  }
  return Buffer.concat(blocks)
}

const { path: _path, buffer: _buffer, ...entryKinds } = byteSources // every archive has entries of these
/** The entry that can fail is the last one, so that others wait before it. */
const entrySources: Readonly<Record<string, SourceKind>> = {
  ...entryKinds,
  'function that fetches': { make: (plan, workshop) => () => fetched(plan, workshop), faults: YIELDING },
}
/** A file that shrinks before its turn comes is a shorter file. */
const ENTRY_FAULTS: readonly SourceFault[] = ['fails early', 'fails late']
/** An entry without a size of its own is as long as its source. */
const hasSize = (name: string): boolean => name.startsWith('random access')

const zipKinds = Object.entries(entrySources).flatMap(([name, { make, faults }]) =>
  [true, false].map(
    (compress): Kind => ({
      name: `zip of ${name}, ${compress ? 'deflated' : 'stored'}`,
      faults: faults.filter((fault) => ENTRY_FAULTS.includes(fault) || (hasSize(name) && fault === 'is too short')),
      minSize: 1000,
      hasEarlierParts: true,
      async send(target, plan, workshop) {
        const whole: Plan = { ...plan, fault: 'none' }
        const last = await make(plan, workshop) // it may fail, and then no call would own the other sources
        const entries = [
          { name: 'path.bin', source: await workshop.file(whole), compress },
          { name: 'buffer.bin', source: contentOf(plan.seed, 0, 1000), compress },
          { name: 'file stream.bin', source: await fileStream(whole, workshop), compress },
          { name: 'last.bin', source: last, compress },
        ]
        await target.zip(entries, 'all.zip')
      },
      ...(!compress && { verifyPart: verifyFirstEntry }),
      verify({ body }, plan) {
        const content = contentOf(plan.seed, 0, plan.size)
        const entries = readZipBytes(body)
        const expected = { 'path.bin': content, 'file stream.bin': content, 'last.bin': content }
        for (const [entry, bytes] of Object.entries({ ...expected, 'buffer.bin': content.subarray(0, 1000) }))
          expectSameBytes(entries[entry] ?? Buffer.alloc(0), bytes)
      },
    }),
  ),
)

/** Text of the size of the plan. */
const textOf = ({ seed, size }: Plan): string => contentOf(seed, 0, Math.ceil((size * 3) / 4)).toString('base64')

const wholeAnswers: Pick<Kind, 'name' | 'send' | 'verify' | 'verifyPart'>[] = [
  { name: 'text', send: (target, plan) => target.text(textOf(plan)), ...exactText(textOf) },
  { name: 'html', send: (target, plan) => target.html(textOf(plan)), ...exactText(textOf) },
  {
    name: 'bytes',
    send: (target, { seed, size }) => target.bytes(contentOf(seed, 0, size)),
    ...exactBytes,
  },
  {
    name: 'reply of an object',
    send: (target, plan) => target.reply({ text: textOf(plan) }),
    verify: ({ body }, plan) =>
      expectSameBytes(Buffer.from(JSON.parse(body.toString()).text), Buffer.from(textOf(plan))),
  },
]
const wholeKinds = wholeAnswers.map((kind): Kind => ({ ...kind, faults: [], isWhole: true }))

const responseKind: Kind = {
  name: 'reply of a fetched response',
  faults: ['fails early', 'fails late', 'is too short'],
  send: async (target, plan, workshop) => target.reply(await fetched(plan, workshop)),
  ...exactBytes,
}

const templateKind: Kind = {
  name: 'template as a stream',
  faults: ['fails early', 'fails late'],
  send: (target, plan, workshop) => target.template('page', { items: asyncValues(plan, workshop) }),
  ...exactText((plan) => [...plainValues(plan)].map(({ text }) => `<p>${text}</p>`).join('')),
}

const GZIP = { 'accept-encoding': 'gzip' }

const fileKinds: Kind[] = [
  {
    name: 'file with a digest and a tag of its content',
    faults: [],
    send: async (target, plan, { file }) => target.file(await file(plan), { digest: 'sha-256', etag: 'content' }),
    ...exactBytes,
    verify(answer, plan) {
      exactBytes.verify(answer, plan)
      // A digest of the plain file is not that of a coded one (RFC 9530 §3).
      const isCoded = answer.fields['content-encoding'] !== undefined
      const hash = createHash('sha256')
        .update(contentOf(plan.seed, 0, plan.size))
        .digest('base64')
      if (answer.fields['repr-digest'] !== (isCoded ? undefined : `sha-256=:${hash}:`))
        throw new Error('wrong Repr-Digest')
    },
  },
  {
    name: 'file with a gzip form',
    faults: [],
    request: () => GZIP,
    send: async (target, plan, { coded }) => target.file(await coded(plan), { precompressed: ['gzip'] }),
    ...exactBytes,
  },
  {
    name: 'download of a file that is deleted',
    faults: [],
    send: async (target, plan, { temporary }) =>
      target.download(await temporary(plan), 'content.bin', { deleteAfterSend: true }),
    ...exactBytes,
  },
]

const negotiateKind: Kind = {
  name: 'negotiate',
  faults: YIELDING,
  async send(target, plan, workshop) {
    announce(target, plan)
    await target.negotiate({ text: () => target.streaming(asyncGenerator(plan, workshop)) })
  },
  ...exactBytes,
}

/** The option `templates` of the server: a page that is made while it is sent. */
export async function* renderTemplate(_name: string, { items }: Record<string, unknown>): AsyncGenerator<string> {
  for await (const { text } of items as AsyncIterable<{ text: string }>) yield `<p>${text}</p>`
}

export const kinds: readonly Kind[] = [
  ...downloads,
  ...streams,
  ...rangeKinds,
  ...valueKinds,
  channelKind,
  ...zipKinds,
  ...wholeKinds,
  responseKind,
  templateKind,
  ...fileKinds,
  negotiateKind,
]
