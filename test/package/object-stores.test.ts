import { expect } from 'chai'
import { createProject } from '../support/packed-project.js'

const STRICT = {
  target: 'es2022',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
}

const ASK = `
  const told = (error) => console.log(error.code, error.status, error.message)
  const client = { send: async () => ({ ContentLength: 0 }) }
  const source = s3Source(client, { Bucket: 'b', Key: 'k' })
  file(source).toWebResponse().then((response) => console.log(response.status), told)`

/** Servers that have no event. */
const READ_EVENTS = `
  const answers = { on() {}, off() {}, release() {}, query: async () => ({ rows: [] }) }
  const pool = { totalCount: 0, on() {}, query() {}, connect: async () => answers }
  const own = { status: 'ready', on() {}, connect: async () => {}, call: async () => [], disconnect() {} }
  const client = { status: 'ready', options: {}, on() {}, call() {}, duplicate: () => own }
  const read = async () => {
    for (const store of [redisStore(client), postgresStore(pool)]) console.log(await store.since('1').next())
  }
  read()`

describe('the entries of stores for channels', function () {
  this.timeout(120_000)

  it('read what is kept', async () => {
    const project = await createProject()
    const imports =
      "import { redisStore } from 'response-kit/redis'; import { postgresStore } from 'response-kit/postgres'"
    const none = '{ done: true, value: undefined }\n'
    expect(await project.node('--input-type=module', '-e', `${imports}\n${READ_EVENTS}`)).to.equal(none + none)
  })
})

describe('the entries of object stores', function () {
  this.timeout(120_000)

  for (const [system, flag, imports] of [
    ['ESM', 'module', "import { file } from 'response-kit'; import { s3Source } from 'response-kit/s3'"],
    [
      'CommonJS',
      'commonjs',
      "const { file } = require('response-kit'); const { s3Source } = require('response-kit/s3')",
    ],
  ] as const) {
    it(`${system}: without the SDK of S3 they load, and a request says what to install`, async () => {
      const project = await createProject()
      const told =
        'MISSING_DEPENDENCY 500 s3Source() needs the package @aws-sdk/client-s3: npm install @aws-sdk/client-s3'
      expect(await project.node(`--input-type=${flag}`, '-e', `${imports}\n${ASK}`)).to.equal(`${told}\n`)
    })

    it(`${system}: with the SDK beside the kit a request is answered`, async () => {
      const project = await createProject({ packages: { '@aws-sdk/client-s3': '@aws-sdk/client-s3' } })
      expect(await project.node(`--input-type=${flag}`, '-e', `${imports}\n${ASK}`)).to.equal('200\n')
    })
  }

  it('their types need no SDK, with skipLibCheck off', async () => {
    const project = await createProject({ packages: { '@types/node': '@types/node' } })
    project.write('code/a.ts', "export * from 'response-kit/s3'\nexport * from 'response-kit/azure'\n")
    expect(await project.compile(STRICT)).to.deep.equal([])
  })

  it('the clients of the SDKs fit, and what has no client does not', async () => {
    const names = ['@types/node', '@aws-sdk/client-s3', '@azure/storage-blob']
    const project = await createProject({ packages: Object.fromEntries(names.map((name) => [name, name])) })
    project.write(
      'code/a.ts',
      `import { S3, S3Client } from '@aws-sdk/client-s3'
      import { BlobServiceClient, BlockBlobClient } from '@azure/storage-blob'
      import { download } from 'response-kit'
      import { blobSource } from 'response-kit/azure'
      import { s3Source } from 'response-kit/s3'
      const object = { Bucket: 'b', Key: 'k' }
      download(s3Source(new S3Client({}), object, { presigned: true }))
      download(s3Source(new S3({}), { ...object, VersionId: 'v' }, { presigned: { sign: ({ input }) => input.Key } }))
      const container = new BlobServiceClient('').getContainerClient('c')
      download(blobSource(container.getBlobClient('b'), { presigned: { expiresIn: '1h' } }))
      download(blobSource(new BlockBlobClient('')))
      // @ts-expect-error no client
      s3Source({}, object)
      // @ts-expect-error no key
      s3Source(new S3Client({}), { Bucket: 'b' })
      // @ts-expect-error a range is that of the request
      s3Source(new S3Client({}), { ...object, Range: 'bytes=0-1' })
      // @ts-expect-error a container is no blob
      blobSource(container)
      // @ts-expect-error an object that is no source
      download({ kind: 'other' })\n`,
    )
    expect(await project.compile({ ...STRICT, skipLibCheck: true, lib: ['es2023', 'dom'] })).to.deep.equal([])
  })
})
