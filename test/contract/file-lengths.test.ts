import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { Wire } from '../support/wire.js'

/** Only the handler knows the length of this one. */
function* tenBytes(): Generator<string> {
  yield '01234'
  yield '56789'
}

/** As of a store that checks what it has sent. */
function* failingAtEnd(): Generator<string> {
  yield '0123456789'
  throw new Error('wrong checksum')
}

function* failingAfterTwoPieces(): Generator<string> {
  yield* tenBytes()
  throw new Error('wrong checksum')
}

const randomAccess = (size: number, make: () => Generator<string>) => ({ size, read: make })

/** Head, body, and a second answer on the same connection if it was kept. */
async function twoAnswers(port: number): Promise<readonly [body: string, next: boolean]> {
  const wire = await Wire.connect(port)
  wire.get('/').get('/next', 'Connection: close\r\n')
  const text = (await wire.receiveAll()).toString('latin1')
  const [, first = '', second] = text.split('HTTP/1.1 200 OK\r\n')
  return [first.slice(first.indexOf('\r\n\r\n') + 4), second?.endsWith('next') === true]
}

/** Every way to announce a length. */
const ways = [
  [
    'setHeader()',
    (target: any, length: number, make = tenBytes) => target.setHeader('Content-Length', length).download(make(), 'a'),
  ],
  [
    "option 'headers'",
    (target: any, length: number, make = tenBytes) =>
      target.download(make(), 'a', { headers: { 'content-length': `${length}` } }),
  ],
  [
    'size of a random-access object',
    (target: any, length: number, make = tenBytes) => target.file(randomAccess(length, make)),
  ],
  [
    'size, with onProgress',
    (target: any, length: number, make = tenBytes) => target.file(randomAccess(length, make), { onProgress: () => {} }),
  ],
] as const

contract('a length that is announced', ({ serve, framework }) => {
  for (const [title, send] of ways) {
    for (const [length, what] of [
      [3, 'too many bytes'],
      [99, 'too few bytes'],
    ] as const) {
      it(`by ${title}: ${what} cut the connection, and the next answer is untouched`, async () => {
        const told: unknown[] = []
        const app = await serve(
          (target, { url }) => (url === '/next' ? void target.text('next') : send(target, length)),
          { kit: { onError: (error) => void told.push((error as { code?: string }).code) } },
        )
        const [body, hasNext] = await twoAnswers(app.port)
        expect(body).to.equal('0123456789'.slice(0, length))
        expect(hasNext, framework.name).to.equal(false)
        expect(told).to.include(length === 3 ? 'LONG_BODY' : 'SHORT_BODY')
      })
    }

    it(`by ${title}: a source that fails after its last byte does not look whole`, async () => {
      const app = await serve((target) => send(target, 10, failingAtEnd))
      const wire = await Wire.connect(app.port)
      const text = (await wire.get('/', 'Connection: close\r\n').receiveAll()).toString('latin1')
      expect(text.startsWith('HTTP/1.1 500 '), text.slice(0, 30)).to.equal(true) // the last bytes wait for the end
    })

    it(`by ${title}: a source of two pieces that fails after its last byte does not look whole`, async () => {
      const app = await serve((target) => send(target, 10, failingAfterTwoPieces))
      const wire = await Wire.connect(app.port)
      const text = (await wire.get('/', 'Connection: close\r\n').receiveAll()).toString('latin1')
      // The first piece leaves by itself if others use up the turn.
      const isCut = text.startsWith('HTTP/1.1 200 ') && text.endsWith('\r\n\r\n01234')
      expect(isCut || text.startsWith('HTTP/1.1 500 '), text).to.equal(true)
    })

    it(`by ${title}: the right one keeps the connection`, async () => {
      const app = await serve((target, { url }) => (url === '/next' ? void target.text('next') : send(target, 10)))
      expect(await twoAnswers(app.port)).to.deep.equal(['0123456789', true])
      expect(app.errors).to.deep.equal([])
    })
  }

  it('by a part of a random-access object is held to as well', async () => {
    for (const fields of ['Range: bytes=0-4\r\n', 'Range: bytes=0-4,40-44\r\n']) {
      for (const read of [() => 'x'.repeat(50), () => 'x']) {
        const app = await serve((target) => target.file({ size: 100, read: () => new Set([read()]) }))
        const wire = await Wire.connect(app.port)
        const text = (await wire.get('/', `${fields}Connection: close\r\n`).receiveAll()).toString('latin1')
        const announced = Number(/content-length: (\d+)/i.exec(text)?.[1])
        expect(text.length - text.indexOf('\r\n\r\n') - 4).to.be.at.most(announced)
        if (read() === 'x') expect(text.length - text.indexOf('\r\n\r\n') - 4).to.be.below(announced)
      }
    }
  })

  it('to an HTTP/1.0 client by nothing but the end: a late failure is a reset, never a FIN', async () => {
    const app = await serve((target) =>
      target.download(
        (async function* () {
          yield 'x'.repeat(100_000)
          await new Promise((resolve) => setTimeout(resolve, 20))
          throw new Error('late')
        })(),
        'a',
      ),
    )
    const wire = await Wire.connect(app.port)
    const errors: unknown[] = []
    wire.socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code))
    wire.send('GET / HTTP/1.0\r\n\r\n')
    await wire.receiveAll()
    expect(errors).to.deep.equal(['ECONNRESET'])
  })
})

contract('several ranges', ({ serve, answer, askForError }) => {
  const bytes = Buffer.from('0123456789'.repeat(10))

  it('have a boundary of their own in each answer, which no earlier answer tells', async () => {
    const seen = new Set<string>()
    for (let count = 0; count < 5; count++) {
      const { headers } = await answer((target) => target.file(bytes), { headers: { Range: 'bytes=0-1,5-6' } })
      seen.add(/boundary=([\w-]{20,70})$/.exec(headers['content-type'] ?? '')?.[1] ?? '') // RFC 2046 §5.1.1: 70 at most
    }
    expect(seen.has('')).to.equal(false)
    expect(seen.size).to.equal(5)
  })

  for (const type of [
    'text/plain\r\nX-Injected: 1',
    'text/plain\n\n<script>',
    'nonsense',
    'text/plain\u0000',
    'a/ü€',
  ]) {
    it(`have no head made of the type ${JSON.stringify(type)}`, async () => {
      const source = { size: 100, read: () => bytes, type }
      for (const send of [
        (target: any) => target.file(source),
        (target: any) => target.file(bytes, { type }),
        (target: any) => target.download(bytes, 'a.txt', { type }),
      ]) {
        const app = await serve(send)
        const { status, text } = await askForError(app, { headers: { Range: 'bytes=0-1,5-6' } })
        expect(status).to.equal(500)
        expect(text).not.to.include('Content-Range')
        expect(app.errors[0]?.message).to.match(/^(?:file|download)\(\): .*must be a media type/)
      }
    })
  }
})

contract('the parts of several ranges', ({ serve }) => {
  const sources: Readonly<Record<string, (start: number) => string>> = {
    'one byte less, then one more': (start) => (start === 0 ? '0' : '567'),
    'one byte more, then one less': (start) => (start === 0 ? '012' : '5'),
    'the right ones': (start) => (start === 0 ? '01' : '56'),
  }
  for (const [title, read] of Object.entries(sources)) {
    it(`of a source that gives ${title}: no part is taken for another`, async () => {
      const source = { size: 10, read: ({ start }: { start: number }) => [read(start)] }
      const app = await serve((target, { url }) => (url === '/next' ? void target.text('next') : target.file(source)))
      const wire = await Wire.connect(app.port)
      wire.get('/', 'Range: bytes=0-1,5-6\r\n').get('/next', 'Connection: close\r\n')
      const text = (await wire.receiveAll()).toString('latin1')
      const isRight = title === 'the right ones'
      expect(text).to.match(/^HTTP\/1.1 206 /)
      expect(text.endsWith('\r\n\r\nnext')).to.equal(isRight)
      expect(/\r\n--[0-9a-f]+--\r\n/.test(text), 'the end of the last part').to.equal(isRight)
    })
  }
})
