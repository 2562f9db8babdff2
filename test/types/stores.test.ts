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

const compilers = [
  { title: 'TypeScript 5.2', compiler: 'typescript-5.2/node_modules/typescript' },
  { title: 'TypeScript 7', compiler: 'typescript' },
]

/** All four entries, in an app that has none of the packages whose clients they take. */
const WITHOUT_CLIENTS = `
  import type { ChannelStore, Claims } from 'response-kit'
  import { type BlobClientLike, blobSource } from 'response-kit/azure'
  import { type PostgresPool, postgresClaims, postgresStore } from 'response-kit/postgres'
  import { type RedisClient, redisClaims, redisStore } from 'response-kit/redis'
  import { type S3ClientLike, s3Source } from 'response-kit/s3'
  import { checkChannelStore, checkClaims } from 'response-kit/testing'

  export const store = (client: RedisClient): ChannelStore => redisStore(client, { maxLength: 10, maxAge: '1d' })
  export const claims = (client: RedisClient): Claims => redisClaims(client, { prefix: 'app:' })
  export const table = (pool: PostgresPool): ChannelStore => postgresStore(pool).topic('news')
  export const rows = (pool: PostgresPool): Claims => postgresClaims(pool)
  export const object = (client: S3ClientLike) => s3Source(client, { Bucket: 'a', Key: 'b' }, { presigned: true })
  export const blob = (client: BlobClientLike) => blobSource(client)
  export const check = (client: RedisClient) => Promise.all([checkChannelStore(store(client)), checkClaims(claims(client))])
  // @ts-expect-error no client
  redisStore({ get: () => null })
  // @ts-expect-error no pool
  postgresStore({ end: () => null })
  // @ts-expect-error no client
  s3Source({}, { Bucket: 'a', Key: 'b' })
  // @ts-expect-error no blob
  blobSource({ name: 'a' })`

/** Every client that the guides name. */
const WITH_CLIENTS = `
  import { S3, S3Client } from '@aws-sdk/client-s3'
  import { BlobServiceClient } from '@azure/storage-blob'
  import { Cluster, Redis } from 'ioredis'
  import { Pool } from 'pg'
  import { createClient } from 'redis'
  import { channel } from 'response-kit'
  import { blobSource } from 'response-kit/azure'
  import { postgresClaims, postgresStore } from 'response-kit/postgres'
  import { redisClaims, redisStore } from 'response-kit/redis'
  import { s3Source } from 'response-kit/s3'

  channel({ store: redisStore(new Redis(), { prefix: 'app:{events}:' }).topic('news') })
  redisStore(new Cluster([]))
  redisStore(createClient())
  redisClaims(new Redis())
  redisClaims(new Cluster([]))
  redisClaims(createClient({ RESP: 3 }))
  postgresClaims(new Pool())
  channel({ store: postgresStore(new Pool()) })
  s3Source(new S3Client({}), { Bucket: 'a', Key: 'b' })
  s3Source(new S3({}), { Bucket: 'a', Key: 'b' }, { presigned: { expiresIn: '1m' } })
  blobSource(BlobServiceClient.fromConnectionString('').getContainerClient('a').getBlobClient('b'), { presigned: true })`

const CLIENTS = ['@aws-sdk/client-s3', '@azure/storage-blob', 'ioredis', 'pg', '@types/pg', 'redis']

describe('types of the stores', function () {
  this.timeout(120_000)

  for (const { title, compiler } of compilers) {
    it(`compile without the packages of the clients, and check declaration files: ${title}`, async () => {
      const project = await createProject({ packages: { '@types/node': '@types/node' } })
      project.write('code/app.ts', WITHOUT_CLIENTS)
      expect(await project.compile(STRICT, compiler)).to.deep.equal([])
    })

    it(`take the clients of every package that the guides name: ${title}`, async () => {
      const packages = Object.fromEntries([...CLIENTS, '@types/node'].map((name) => [name, name]))
      const project = await createProject({ packages })
      project.write('code/app.ts', WITH_CLIENTS)
      const complaints = await project.compile(STRICT, compiler)
      // The links lead to the repository, so files of the clients have such paths. They are not ours to judge.
      expect(complaints.filter((line) => !/^(?:\.\.\/.*\/node_modules\/|\s)/.test(line))).to.deep.equal([])
    })
  }
})
