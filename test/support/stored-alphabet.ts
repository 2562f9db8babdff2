import { expect } from 'chai'
import { parse } from 'content-disposition'
import type { ObjectSource } from '../../src/s3/index.js'
import type { ContractHost } from './contract.js'
import { readZipBytes } from './read-zip.js'
import { Wire } from './wire.js'

export const ALPHABET = 'abcdefghijklmnopqrstuvwxyz'
export const LARGE: Buffer = Buffer.alloc(20_000_000, 'large object ')

/** A real store, with what the shared cases need of it. */
export interface AlphabetStore {
  /** `june.txt` is the alphabet as text/plain, with `B%C3%BCcher.txt` as the filename of its metadata; `large.bin` is LARGE. */
  source(name: string, options?: { readonly presigned: true }): ObjectSource
  /** An object of a bucket or container that is not there. */
  missing(): ObjectSource
  /** `june.txt`, asked for with a wrong key. */
  denied(): ObjectSource
  put(name: string, body: string): Promise<unknown>
  /** The tag of `june.txt`, as the store gave it. */
  etag(): string
}

/** What an object of any store does, on a server that exists outside of these tests. */
export function defineObjectCases(store: AlphabetStore, { answer, serve, ask, askForError }: ContractHost): void {
  const { source } = store

  it('is saved with type, length, validators and name', async () => {
    const { status, headers, text } = await answer((target) => target.download(source('june.txt')))
    expect([status, text, headers['content-length'], headers.etag]).to.deep.equal([200, ALPHABET, '26', store.etag()])
    expect(headers['content-type']?.toLowerCase()).to.equal('text/plain; charset=utf-8')
    expect(Date.parse(headers['last-modified'] ?? '')).to.be.closeTo(Date.now(), 600_000)
    expect(parse(headers['content-disposition'] ?? '').parameters.filename).to.equal('Bücher.txt')
  })

  it('answers HEAD, conditions and ranges', async () => {
    const app = await serve((target) => target.file(source('june.txt')))
    const statusOf = async (headers: Record<string, string>, method = 'GET') => {
      const { status, text } = await ask(app, { method, headers })
      return [status, text]
    }
    expect(await statusOf({}, 'HEAD')).to.deep.equal([200, ''])
    expect(await statusOf({ 'If-None-Match': store.etag() })).to.deep.equal([304, ''])
    expect(await statusOf({ 'If-Match': '"other"' })).to.deep.equal([412, ''])
    expect(await statusOf({ Range: 'bytes=2-4' })).to.deep.equal([206, 'cde'])
    expect(await statusOf({ Range: 'bytes=-3' })).to.deep.equal([206, 'xyz'])
    expect(await statusOf({ Range: 'bytes=26-' })).to.deep.equal([416, ''])
    const several = await ask(app, { headers: { Range: 'bytes=0-1, -2' } })
    expect(several.text).to.match(/\r\n\r\nab\r\n[\s\S]+\r\n\r\nyz\r\n/)
  })

  it('that is large comes whole and in parts', async () => {
    const whole = await answer((target) => target.download(source('large.bin')))
    expect(whole.body.equals(LARGE)).to.equal(true)
    const part = await answer((target) => target.download(source('large.bin')), {
      headers: { Range: 'bytes=10000000-' },
    })
    expect(part.body.equals(LARGE.subarray(10_000_000))).to.equal(true)
  })

  it('a client that leaves in the middle leaves no connection to the store', async () => {
    const app = await serve((target) => target.file(source('large.bin')))
    const wire = await Wire.connect(app.port)
    await wire.get().receive(1000)
    wire.socket.destroy()
    expect(app.errors).to.deep.equal([]) // the sockets are counted after each test
  })

  it('that was replaced is sent in its new version', async () => {
    await store.put('changing.txt', 'old')
    const app = await serve((target) => target.file(source('changing.txt'), { etag: false, lastModified: false }))
    expect((await ask(app)).text).to.equal('old')
    await store.put('changing.txt', 'the new one')
    expect((await ask(app)).text).to.equal('the new one')
  })

  it('that is missing is a 404, and so is one of a missing place', async () => {
    for (const missing of [source('missing'), store.missing()]) {
      const app = await serve((target) => target.file(missing))
      expect((await askForError(app)).status).to.equal(404)
    }
  })

  it('that the key of the app does not open is a 403 that tells nothing of the account', async () => {
    const app = await serve((target) => target.file(store.denied()))
    const { status, text } = await askForError(app)
    expect(status).to.equal(403)
    expect(text).not.to.match(/another-key|devstoreaccount1|InvalidAccessKeyId|AuthenticationFailed/)
  })

  it('is an entry of an archive', async () => {
    const entries = () => ['june.txt', 'large.bin'].map((name) => ({ name, source: source(name) }))
    const app = await serve((target) => target.zip(entries(), 'all.zip', { compress: false }))
    const { body, headers } = await askForError(app) // the entries have the time of their upload
    expect(headers['content-length']).to.equal(`${body.length}`)
    const read = readZipBytes(body)
    expect(Object.keys(read)).to.deep.equal(['june.txt', 'large.bin'])
    expect(read['june.txt']?.toString()).to.equal(ALPHABET)
  })

  it('presigned is sent by the store, with the name of the call', async () => {
    const app = await serve((target) => target.download(source('june.txt', { presigned: true }), 'Juni ü.txt'))
    const { status, headers } = await askForError(app)
    expect([status, headers['cache-control']]).to.deep.equal([302, 'no-store'])
    const followed = await fetch(headers.location ?? '', { headers: { Range: 'bytes=2-4', Connection: 'close' } })
    expect([followed.status, await followed.text()]).to.deep.equal([206, 'cde'])
    const { type, parameters } = parse(followed.headers.get('content-disposition') ?? '')
    expect([type, parameters.filename]).to.deep.equal(['attachment', 'Juni ü.txt'])
  })
}
