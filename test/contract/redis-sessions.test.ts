import { expect } from 'chai'
import { Redis } from 'ioredis'
import supertest from 'supertest'
import { defineRoutes } from '../../src/index.js'
import { frameworks, type Handler } from '../support/frameworks.js'
import { hasRedis, startRedis } from '../support/redis-server.js'
import { redisSessionOf } from '../support/sessions.js'

const routes = defineRoutes({ login: '/login', home: '/home' })
const kit = {
  routes,
  cookies: { secrets: 'a secret of thirty-two bytes or more' },
  back: { session: 'previousUrl', record: true },
}
const page = { Accept: 'text/html' }

const handler: Handler = async (target, { url, native }) => {
  const [path] = url.split('?', 1)
  const session = native.ctx === undefined ? native.req.session : native.ctx.session
  if (path === '/account' && session.user === undefined) return target.intended().redirectTo('login')
  if (path === '/login') {
    session.user = 'Ann'
    return target.withFlash({ notice: 'Welcome' }).toIntended('/home')
  }
  if (path === '/save') return target.withErrors({ name: 'is missing' }).back('/home')
  if (path === '/native') {
    target.withFlash({ notice: 'by the framework' })
    return (native.ctx ?? native.res).redirect('/read')
  }
  if (path === '/logout') {
    if (native.ctx !== undefined) native.ctx.session = null
    else await new Promise<void>((resolve) => native.req.session.destroy(() => resolve()))
    return target.withFlash({ notice: 'Goodbye' }).redirectTo('home')
  }
  return target.reply({ user: session.user, flash: target.flash() })
}

describe('sessions in a real Redis', function () {
  if (!hasRedis('a session in Redis')) return
  this.timeout(20_000)
  let redis: Redis
  let stop: () => Promise<void>

  before(async () => {
    const server = await startRedis()
    stop = server.stop
    redis = new Redis(server.port, '127.0.0.1')
    await redis.ping()
  })
  after(async () => {
    redis.disconnect()
    await stop()
  })
  beforeEach(() => redis.flushall())

  for (const framework of frameworks) {
    describe(framework.name, () => {
      let agent: ReturnType<typeof supertest.agent>
      const read = async (): Promise<unknown> => (await agent.get('/read')).body

      beforeEach(async () => {
        const setUp = await redisSessionOf(framework, redis)
        agent = supertest.agent(framework.createListener(handler, { kit, setUp: (app) => setUp(app, []) }, []))
      })

      it('a guest comes to the page that was intended, with flash', async () => {
        expect((await agent.get('/account?tab=2').set(page)).headers.location).to.equal('/login')
        expect(await redis.dbsize()).to.equal(1)
        expect((await agent.post('/login')).headers.location).to.equal('/account?tab=2')
        expect(await read()).to.deep.equal({ user: 'Ann', flash: { notice: 'Welcome' } })
        expect(await read()).to.deep.equal({ user: 'Ann', flash: {} })
        expect((await agent.post('/login')).headers.location).to.equal('/home')
      })

      it('back goes to the page that was recorded', async () => {
        await agent.get('/read?form').set(page)
        expect((await agent.post('/save')).headers.location).to.equal('/read?form')
        expect(await read()).to.deep.equal({ flash: { errors: { name: 'is missing' } } })
        expect(await read()).to.deep.equal({ flash: {} })
      })

      it("flash survives the framework's own redirect", async () => {
        expect((await agent.post('/native')).headers.location).to.equal('/read')
        expect(await read()).to.deep.equal({ flash: { notice: 'by the framework' } })
      })

      it('flash survives the end of the session', async () => {
        await agent.post('/login')
        expect((await agent.post('/logout')).headers.location).to.equal('/home')
        expect(await redis.dbsize()).to.equal(0)
        expect(await read()).to.deep.equal({ flash: { notice: 'Goodbye' } })
        expect(await read()).to.deep.equal({ flash: {} })
      })

      it('starts no session for a visitor who leaves nothing', async () => {
        await agent.get('/read').set('Accept', 'application/json')
        expect(await redis.dbsize()).to.equal(0)
      })

      it('a session that cannot be stored is an error, and no redirect', async () => {
        // Redis then refuses to write, as it does when its disk is full.
        await redis.config('SET', 'min-replicas-to-write', '1')
        try {
          const { status, headers } = await agent.post('/login')
          expect([status, headers.location]).to.deep.equal([500, undefined])
        } finally {
          await redis.config('SET', 'min-replicas-to-write', '0')
        }
      })
    })
  }
})
