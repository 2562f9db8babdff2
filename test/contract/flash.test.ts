import { expect } from 'chai'
import type { ResponseMethods } from '../../src/index.js'
import { contract } from '../support/contract.js'
import type { Handler, HandlerRequest, RunningApp } from '../support/frameworks.js'
import { type Answer, type RequestInit, request } from '../support/request.js'

const STORAGES = {
  'an encrypted cookie': { cookies: { secrets: 'a secret of thirty-two bytes or more' } },
  'a cookie under a short secret': { cookies: { secrets: 'short' } },
  'a session': {},
} as const

/** A client that keeps cookies, by name alone. */
function createClient(app: RunningApp) {
  const jar = new Map<string, string>()
  return {
    jar,
    async ask(path: string, init: RequestInit = {}): Promise<Answer> {
      const Cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await request(app.port, {
        ...init,
        path,
        headers: { ...(Cookie !== '' && { Cookie }), ...init.headers },
      })
      for (const line of answer.headers['set-cookie'] ?? []) {
        const [name = '', value = ''] = line.split(';')[0]?.split(/=(.*)/s) ?? []
        if (/max-age=0/i.test(line)) jar.delete(name)
        else jar.set(name, value)
      }
      return answer
    },
  }
}

function setForm(native: HandlerRequest['native'], form: unknown): void {
  if (native.ctx === undefined) native.req.body = form
  else native.ctx.request.body = form
}

for (const [storage, kit] of Object.entries(STORAGES)) {
  contract(`flash in ${storage}`, ({ serve }) => {
    /** If the storage is a session: one record for the one client, copied for each request as a store does. */
    function withSession(handler: Handler): Handler {
      let stored = '{}'
      const waiting: (() => void)[] = []
      /** Lets eight requests go on together, when each of them has loaded its session. */
      const allHere = () =>
        new Promise<void>((resolve) => {
          waiting.push(resolve)
          if (waiting.length === 8) for (const goOn of waiting.splice(0)) goOn()
        })
      return async (target, facts) => {
        if (storage !== 'a session') return handler(target, facts)
        const session = JSON.parse(stored)
        const { req, res, ctx } = facts.native
        if (ctx === undefined) req.session = session
        else ctx.session = session
        const response = res ?? ctx.res
        response.once('finish', () => {
          stored = JSON.stringify(session)
        })
        if (facts.url.endsWith('?beside')) await allHere()
        return handler(target, facts)
      }
    }

    const pages: Record<string, (target: ResponseMethods, facts: HandlerRequest) => unknown> = {
      '/save': (target) => target.withFlash({ message: 'saved', count: 2 }).back('/read'),
      '/add': (target) => target.withFlash({ more: true }).back('/read'),
      '/read': (target) => void target.text(JSON.stringify([target.flash(), target.flash()])),
      '/view': (target, { native }) => {
        const { flash } = native.ctx?.state ?? native.res.locals
        target.text(JSON.stringify(flash()))
      },
      '/plain': (target) => void target.text('plain'),
      '/leave-again': (target) => target.reflash().text('plain'),
      '/read-and-add': (target) => {
        const { message } = target.flash()
        return target.withFlash({ again: message }).back('/read')
      },
      '/pollute': (target) => target.withFlash(JSON.parse('{"__proto__":{"isAdmin":true}}')).back('/inherited'),
      '/inherited': (target) => void target.text(`${target.flash().isAdmin}`),
      '/add-and-read': (target) => void target.withFlash({ own: 1 }).text(JSON.stringify(target.flash())),
      '/form': (target, { native }) => {
        setForm(native, { name: 'Ann', password: 'x', Card_Number: '4', _csrf: 'y', __back: '/z', tags: ['a'] })
        return target
          .withInput()
          .withErrors({ name: ['too short'] })
          .back('/read')
      },
    }
    const client = async () =>
      createClient(
        await serve(
          withSession((target, facts) => pages[facts.url.split('?')[0] ?? '']?.(target, facts)),
          { kit },
        ),
      )

    it('is read once, by the request that asks for it, as often as that one likes', async () => {
      const { ask } = await client()
      expect((await ask('/save', { method: 'POST' })).status).to.equal(303)
      await ask('/plain')
      expect(JSON.parse((await ask('/read')).text)).to.deep.equal([
        { message: 'saved', count: 2 },
        { message: 'saved', count: 2 },
      ])
      expect(JSON.parse((await ask('/read')).text)).to.deep.equal([{}, {}])
    })

    it('stands among the view variables', async () => {
      const { ask } = await client()
      await ask('/save', { method: 'POST' })
      expect(JSON.parse((await ask('/view')).text)).to.deep.equal({ message: 'saved', count: 2 })
      expect(JSON.parse((await ask('/view')).text)).to.deep.equal({})
    })

    it('is carried on by a request that adds to it, not by one that has read it', async () => {
      const { ask } = await client()
      await ask('/save', { method: 'POST' })
      await ask('/add', { method: 'POST' })
      expect(JSON.parse((await ask('/read')).text)[0]).to.deep.equal({ message: 'saved', count: 2, more: true })
      await ask('/save', { method: 'POST' })
      await ask('/read-and-add')
      expect(JSON.parse((await ask('/read')).text)[0]).to.deep.equal({ again: 'saved' })
    })

    it('a name __proto__, which a client may send, gives it no inherited values', async () => {
      const { ask } = await client()
      await ask('/pollute', { method: 'POST' })
      expect((await ask('/inherited')).text).to.equal('undefined')
    })

    it('is for the next request, not for the one that flashes', async () => {
      const { ask } = await client()
      expect(JSON.parse((await ask('/add-and-read')).text)).to.deep.equal({})
      expect(JSON.parse((await ask('/read')).text)[0]).to.deep.equal({ own: 1 })
    })

    it('is left alone by HEAD', async () => {
      const { ask } = await client()
      await ask('/save', { method: 'POST' })
      await ask('/read', { method: 'HEAD' })
      expect(JSON.parse((await ask('/read')).text)[0]).to.deep.equal({ message: 'saved', count: 2 })
    })

    it('is left as it is by reflash() of HEAD', async () => {
      const { ask } = await client()
      await ask('/save', { method: 'POST' })
      expect((await ask('/leave-again', { method: 'HEAD' })).headers['set-cookie']).to.equal(undefined)
      expect(JSON.parse((await ask('/read')).text)[0]).to.deep.equal({ message: 'saved', count: 2 })
    })

    it('keeps the form without what must not come back, and errors', async () => {
      const { ask } = await client()
      await ask('/form', { method: 'POST' })
      expect(JSON.parse((await ask('/read')).text)[0]).to.deep.equal({
        input: { name: 'Ann', tags: ['a'] },
        errors: { name: ['too short'] },
      })
    })

    it('is never seen by two requests side by side', async () => {
      const { ask } = await client()
      for (let round = 0; round < 10; round++) {
        await ask('/save', { method: 'POST' })
        const answers = await Promise.all(Array.from({ length: 8 }, () => ask('/read?beside')))
        const seen = answers.filter(({ text }) => text.includes('saved'))
        expect(seen, `round ${round}`).to.have.length(1)
      }
    })
  })
}

contract('flash: mistakes', ({ serve, askForError }) => {
  const thrownBy = async (call: (target: ResponseMethods) => unknown, kit = {}): Promise<any> => {
    let caught: unknown
    const app = await serve(
      (target) => {
        try {
          call(target)
        } catch (error) {
          caught = error
        }
        target.text('still here')
      },
      { kit },
    )
    const { status, text, headers } = await request(app.port)
    expect([status, text, headers['set-cookie']]).to.deep.equal([200, 'still here', undefined])
    return caught
  }
  const signed = { cookies: { secrets: 'short' } }

  it('without a session and without keys, keeping is NOT_CONFIGURED and reading finds nothing', async () => {
    expect(await thrownBy((target) => target.withFlash({ a: 1 }))).to.have.property('code', 'NOT_CONFIGURED')
    expect(await thrownBy((target) => target.intended())).to.have.property('code', 'NOT_CONFIGURED')
    expect(await thrownBy((target) => expect(target.flash()).to.deep.equal({}))).to.equal(undefined)
  })

  for (const [title, createSession] of Object.entries({
    'is frozen': () => Object.freeze({}),
    'throws while it is stored': () => ({
      manuallyCommit(): Promise<void> {
        throw new Error('disk full')
      },
    }),
  })) {
    it(`a session that ${title} is SESSION_NOT_SAVED`, async () => {
      const app = await serve((target, { native: { req, ctx } }) => {
        Object.assign(ctx ?? req, { session: createSession() })
        return target.withFlash({ notice: 'Saved' }).back('/')
      })
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.have.property('code', 'SESSION_NOT_SAVED')
    })
  }

  it('more than a cookie holds is an error that says so', async () => {
    const error = await thrownBy((target) => target.withFlash({ a: 'x'.repeat(5000) }), signed)
    expect(error).to.be.instanceOf(RangeError).with.property('code', 'INVALID_COOKIE')
    expect(error.message).to.match(/^withFlash: .*4,096 bytes.*session/)
  })

  it('what JSON cannot hold, and what is no object, is an error', async () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    for (const values of [circle, { big: 1n }, 'text', null, ['a'], undefined]) {
      expect(await thrownBy((target) => target.withFlash(values as never), signed)).to.have.property(
        'code',
        'INVALID_ARGUMENT',
      )
    }
    for (const errors of [new Error('x'), 'x', null]) {
      expect(await thrownBy((target) => target.withErrors(errors as never), signed)).to.have.property(
        'code',
        'INVALID_ARGUMENT',
      )
    }
  })

  it('input that does not fit in a cookie is left out, whatever is left before or after it; errors stay', async () => {
    const long = { name: 'x'.repeat(5000) }
    for (const leave of [
      (target: ResponseMethods) => target.withInput().withErrors({ name: ['too long'] }),
      (target: ResponseMethods) => target.withErrors({ name: ['too long'] }).withInput(),
      (target: ResponseMethods) => target.withFlash({ errors: { name: ['too long'] } }).withInput(),
    ]) {
      const app = await serve(
        (target, { method, native }) => {
          setForm(native, long)
          return method === 'POST' ? leave(target).back('/') : target.text(JSON.stringify(target.flash()))
        },
        { kit: signed },
      )
      const { ask } = createClient(app)
      expect((await ask('/', { method: 'POST' })).status).to.equal(303)
      expect(JSON.parse((await ask('/')).text)).to.deep.equal({ errors: { name: ['too long'] } })
    }
  })

  it('input nested without end is no error either', async () => {
    let deep: unknown = 'x'
    for (let depth = 0; depth < 50_000; depth++) deep = [deep]
    const app = await serve(
      (target, { native }) => {
        setForm(native, { deep })
        return target.withInput().back('/')
      },
      { kit: signed },
    )
    expect((await request(app.port, { method: 'POST' })).status).to.equal(303)
  })

  it("a genuine cookie of the app, moved to the kit's name, does not count", async () => {
    const secrets = 'a secret of thirty-two bytes or more'
    const values = { a: 1 }
    for (const attributes of [{ signed: true }, { encrypted: true }]) {
      const app = await serve(
        (target, { url }) => {
          if (url === '/') return target.text(JSON.stringify(target.flash()))
          return target.setCookie(url.slice(1), { id: '1', values }, attributes).empty()
        },
        { kit: { cookies: { secrets } } },
      )
      for (const name of ['other', 'kit.flash']) {
        const { jar, ask } = createClient(app)
        await ask(`/${name}`)
        const moved = [...jar].map(([key, value]) => `${key.replace(name, 'kit.flash')}=${value}`).join('; ')
        const { text } = await request(app.port, { headers: { Cookie: moved } })
        expect(text, `${JSON.stringify(attributes)} from ${name}`).to.equal('{}')
      }
    }
  })

  it('a flash cookie moved to the name of another kept value does not count', async () => {
    const app = await serve(
      (target, { url }) => (url === '/' ? target.withFlash({ url: '/flash' }).empty() : target.toIntended('/home')),
      { kit: signed },
    )
    const { jar, ask } = createClient(app)
    await ask('/')
    const { headers } = await request(app.port, {
      path: '/login',
      headers: { Cookie: `kit.intended=${jar.get('kit.flash')}` },
    })
    expect(headers.location).to.equal('/home')
  })

  for (const name of ['kit.flash', 'kept kit.flash', 'kept;kit.flash', 'flash']) {
    it(`a flash cookie is no encrypted cookie of the app under the name ${name}`, async () => {
      const app = await serve(
        (target, { url }) =>
          url === '/'
            ? target.withFlash({ a: 1 }).empty()
            : target.text(String(target.getCookie(name, { encrypted: true }))),
        { kit: { cookies: { encryptionKeys: 'a secret of thirty-two bytes or more' } } },
      )
      const { jar, ask } = createClient(app)
      await ask('/')
      const { body } = await request(app.port, {
        path: '/read',
        headers: { Cookie: `${name}=${jar.get('kit.flash')}` },
      })
      expect(`${body}`).to.equal('undefined')
    })
  }

  it("the defaults of the app's own cookies change nothing but the place they are sent to", async () => {
    const defaults = { encode: () => 'x', signed: true, httpOnly: false, maxAge: 1, path: '/x' }
    const app = await serve(
      (target, { url }) =>
        url === '/leave' ? target.withFlash({ a: 1 }).back('/') : target.text(JSON.stringify(target.flash())),
      { kit: { cookies: { secrets: 'short', defaults } } },
    )
    const { jar, ask } = createClient(app)
    const { headers } = await ask('/leave')
    expect([...jar.keys()]).to.deep.equal(['kit.flash'])
    expect(headers['set-cookie']?.[0]).to.match(/; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/i)
    expect((await ask('/')).text).to.equal('{"a":1}')
  })

  it('two kits on one host have two names and paths', async () => {
    const secrets = 'short'
    const serveKit = (name: string, path: string) =>
      serve(
        (target, { url }) =>
          url === '/leave' ? target.withFlash({ name }).back('/') : target.text(JSON.stringify(target.flash())),
        { kit: { cookies: { secrets }, flash: { name, path } } },
      )
    const [shop, blog] = [await serveKit('shop', '/shop'), await serveKit('blog', '/')]
    const { headers } = await request(shop.port, { path: '/leave' })
    expect(headers['set-cookie']?.[0]).to.match(/^shop\.flash=.*; Path=\/shop;/)
    const Cookie = `${headers['set-cookie']?.[0]?.split(';')[0]}`
    expect((await request(shop.port, { headers: { Cookie } })).text).to.equal('{"name":"shop"}')
    expect((await request(blog.port, { headers: { Cookie } })).text).to.equal('{}')
    expect((await request(blog.port, { headers: { Cookie: Cookie.replace('shop', 'blog') } })).text).to.equal('{}')
  })

  it('what is left when the session ends is read from the cookie by the next session', async () => {
    let session: Record<string, unknown> | null = { user: 'Ann' }
    const app = await serve(
      (target, { url, native }) => {
        if (url === '/logout') session = null
        if (native.ctx === undefined) native.req.session = session
        else native.ctx.session = session
        if (url === '/logout') {
          target.withFlash({ notice: 'Goodbye' })
          session = {}
          return target.back('/')
        }
        return target.text(JSON.stringify(target.flash()))
      },
      { kit: signed },
    )
    const { jar, ask } = createClient(app)
    await ask('/logout', { method: 'POST' })
    expect((await ask('/')).text).to.equal('{"notice":"Goodbye"}')
    expect([...jar.keys()]).to.deep.equal([])
    expect((await ask('/')).text).to.equal('{}')
  })

  it('reflash() leaves what was read for one more request', async () => {
    const pages: Record<string, (target: ResponseMethods) => unknown> = {
      '/leave': (target) => target.withFlash({ a: 1 }).back('/'),
      '/again': (target) => {
        target.flash()
        return target.withFlash({ b: 2 }).reflash().back('/')
      },
      '/': (target) => target.text(JSON.stringify(target.flash())),
    }
    const { ask } = createClient(await serve((target, { url }) => pages[url]?.(target), { kit: signed }))
    await ask('/leave')
    await ask('/again')
    expect(JSON.parse((await ask('/')).text)).to.deep.equal({ a: 1, b: 2 })
    expect((await ask('/')).text).to.equal('{}')
  })

  for (const flash of [{ name: '' }, { name: '_kit' }, { name: 'a b' }, { path: 'x' }, { path: '/;' }, { nam: 'x' }]) {
    it(`the option flash ${JSON.stringify(flash)} is INVALID_OPTION`, async () => {
      const started = serve(() => undefined, { kit: { flash } as never })
      expect(await started.catch((error) => error)).to.have.property('code', 'INVALID_OPTION')
    })
  }

  it('a forged or foreign cookie does not count', async () => {
    const app = await serve((target) => void target.text(JSON.stringify(target.flash())), { kit: signed })
    for (const value of ['j:{"id":"1","values":{"a":1}}', 's:j:{"id":"1","values":{"a":1}}.forged', 'v1.x.y', '']) {
      const Cookie = `kit.flash=${encodeURIComponent(value)}; kit.flash.sig=forged`
      expect((await request(app.port, { headers: { Cookie } })).text, value).to.equal('{}')
    }
  })
})

contract('intended and toIntended', ({ serve }) => {
  const kit = { cookies: { secrets: 'short' } }
  const pages: Record<string, (target: ResponseMethods) => unknown> = {
    '/private': (target) => target.intended().back('/login'),
    '/login': (target) => target.toIntended('/home'),
  }
  const client = async () =>
    createClient(await serve((target, { url }) => pages[url.split('?')[0] ?? '']?.(target), { kit }))

  it('goes to the page that the guest asked for, once, and then to the fallback', async () => {
    const { ask } = await client()
    await ask('/private?tab=2')
    const { status, headers } = await ask('/login', { method: 'POST' })
    expect([status, headers.location]).to.deep.equal([303, '/private?tab=2'])
    expect((await ask('/login', { method: 'POST' })).headers.location).to.equal('/home')
  })

  it('counts only what the browser shows as a page, not what a page loads', async () => {
    const navigation = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', Accept: 'text/html,*/*;q=0.8' }
    for (const [headers, counts] of [
      [navigation, true],
      [{ Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }, true],
      [{}, true],
      [{ 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image', Accept: 'image/avif,image/webp,*/*;q=0.8' }, false],
      [{ 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Accept: '*/*' }, false],
      [{ 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Accept: 'text/html' }, false],
      [{ Accept: 'image/webp,*/*' }, false],
      [{ Accept: 'application/json' }, false],
      [{ Accept: 'text/html', 'X-Requested-With': 'XMLHttpRequest' }, false],
    ] as const) {
      const { ask } = await client()
      await ask('/private?first', { headers: navigation })
      await ask('/private?second', { headers })
      const { headers: answered } = await ask('/login', { method: 'POST' })
      expect(answered.location, JSON.stringify(headers)).to.equal(`/private?${counts ? 'second' : 'first'}`)
    }
  })

  it("a guest's URL too long for a cookie is the same as none, and no error", async () => {
    const { ask } = await client()
    const { status, headers } = await ask(`/private?${'a'.repeat(5000)}`)
    expect([status, headers.location]).to.deep.equal([302, '/login'])
    expect((await ask('/login')).headers.location).to.equal('/home')
  })

  it('remembers the page a form was sent from, not the address it was sent to', async () => {
    const { ask } = await client()
    await ask('/private', { method: 'POST', headers: { Host: 'app.example', Referer: 'http://app.example/form?a=1' } })
    const { headers } = await ask('/login', { method: 'POST' })
    expect(headers.location).to.equal('/form?a=1')
  })

  it('never leaves the origin, whatever the request target was', async () => {
    for (const path of ['//evil.example/private', 'http://evil.example/private', '/\\evil.example/private']) {
      const app = await serve(
        (target, { method }) => (method === 'GET' ? target.intended().back('/login') : target.toIntended('/home')),
        {
          kit,
        },
      )
      const { ask } = createClient(app)
      await ask(path)
      const { headers } = await ask('/login', { method: 'POST' })
      expect(headers.location, path).to.equal('/home')
    }
  })
})
