import { mkdirSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect } from 'chai'
import send from 'send'
import type { FileOptions } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { listen } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'

const koaSend = createRequire(import.meta.url)('koa-send')
const sandbox = new Sandbox()
const root = sandbox.path('root')
const inside = sandbox.write('root/a.txt', 'inside')
const outside = sandbox.write('outside.txt', 'outside')
sandbox.write('root/.hidden/a.txt', 'hidden')
sandbox.write('root-other/a.txt', 'a neighbour')
symlinkSync(outside, sandbox.path('root/out.txt'))
symlinkSync(root, sandbox.path('current'))
after(() => sandbox.remove())

contract('the root of the app', ({ answer, serve, askForError }) => {
  const kit = { files: { root } }

  it('holds for a relative path', async () => {
    expect((await answer((target) => target.file('a.txt'), {}, { kit })).text).to.equal('inside')
    const app = await serve((target) => target.file('../outside.txt'), { kit })
    expect((await askForError(app)).status).to.equal(403)
  })

  for (const [title, path] of [
    ['in it', inside],
    ['in it after its dots are resolved', `${root}/x/../a.txt`],
    ['in it through a link to it', sandbox.path('current/a.txt')],
  ] as const) {
    it(`an absolute path ${title} is fine`, async () => {
      const { status, text, headers } = await answer(
        (target) => target.download(path),
        {},
        {
          kit: title.includes('link') ? { files: { root: sandbox.path('current') } } : kit,
        },
      )
      expect([status, text]).to.deep.equal([200, 'inside'])
      expect(headers['content-disposition']).to.match(/filename="?a\.txt"?$/)
    })
  }

  it('a root that is a link, and a path that begins with its target', async () => {
    const { text } = await answer(
      (target) => target.file(inside),
      {},
      { kit: { files: { root: sandbox.path('current') } } },
    )
    expect(text).to.equal('inside')
  })

  for (const [title, path] of [
    ['outside of it', outside],
    ['outside of it, with nothing there', sandbox.path('missing.txt')],
    ['beside it, with its name as the beginning', sandbox.path('root-other/a.txt')],
    ['that leaves it by dots', `${root}/../outside.txt`],
  ] as const) {
    it(`an absolute path ${title} is refused with the reason and the way out`, async () => {
      const app = await serve((target) => target.download(path), { kit })
      const { status, text } = await askForError(app)
      expect(status).to.equal(403)
      expect(text).not.to.include(sandbox.root)
      expect(app.errors[0]).to.include({ code: 'FORBIDDEN_PATH', expose: false })
      expect(app.errors[0]?.message)
        .to.include("outside of the option 'files.root'")
        .and.include('root: null')
        .and.not.include(sandbox.root)
    })
  }

  for (const [title, path, status] of [
    ['a link out of it', sandbox.path('root/out.txt'), 404],
    ['a dotfile in it', sandbox.path('root/.hidden/a.txt'), 404],
    ['the root itself', root, 404],
    ['the root itself with a slash', `${root}/`, 404],
    ['an empty path', '', 404],
    ['a null byte', `${root}/a\0.txt`, 400],
    ['a device', `${root}/con.txt`, 403],
  ] as const) {
    it(`${title} is ${status}, as below every root`, async () => {
      const app = await serve((target) => target.file(path), { kit })
      expect((await askForError(app)).status).to.equal(status)
    })
  }

  it('root: null of the call lifts it, for a path and for bytes in a zip', async () => {
    const { text } = await answer((target) => target.file(outside, { root: null }), {}, { kit })
    expect(text).to.equal('outside')
    const entries = [{ name: 'a.txt', source: outside }]
    const { status } = await answer((target) => target.zip(entries, 'a.zip', { root: null }), {}, { kit })
    expect(status).to.equal(200)
    const app = await serve((target) => target.zip(entries), { kit })
    expect((await askForError(app)).status).to.equal(403)
  })

  it('root: null does not make a file of an array', async () => {
    const app = await serve((target) => target.file(['<script>'] as unknown as string, { root: null }), { kit })
    expect((await askForError(app)).status).to.equal(500)
  })

  it('a root of the call refuses absolute paths, inside or not', async () => {
    const app = await serve((target) => target.file(inside, { root }))
    expect((await askForError(app)).status).to.equal(403)
  })
})

contract('an object in the place of the filename', ({ answer, serve, askForError }) => {
  for (const [title, given] of [
    ['root: null', { root: null }],
    ['another root', { root: '/' }],
    ['a root above that of the app', { root: sandbox.root }],
    ['followSymlinks', { followSymlinks: true }],
    ['an index', { index: ['a.txt'] }],
    ['extensions', { extensions: ['txt'] }],
    ['deleteAfterSend', { deleteAfterSend: true }],
  ] as const) {
    it(`may come from a client: ${title} is refused`, async () => {
      const app = await serve((target) => target.download('a.txt', given as FileOptions), { kit: { files: { root } } })
      const { status } = await askForError(app)
      expect(status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_OPTION' })
      expect(app.errors[0]?.message).to.include('given after the filename')
    })
  }

  it('may narrow: a root below that of the app, and what Express knows', async () => {
    sandbox.write('root/sub/b.txt', 'b')
    const options = { root: sandbox.path('root/sub'), maxAge: 1000, dotfiles: 'deny', lastModified: false } as const
    const { status, text } = await answer(
      (target) => target.download('b.txt', options),
      {},
      { kit: { files: { root } } },
    )
    expect([status, text]).to.deep.equal([200, 'b'])
  })

  it("may say dotfiles: 'allow', as Express's own tests do", async () => {
    sandbox.write('root/.name', 'tobi')
    const options = { dotfiles: 'allow', maxAge: '4h' } as const
    const { status, headers, text } = await answer(
      (target) => target.download('.name', options),
      {},
      { kit: { files: { root } } },
    )
    expect([status, headers['cache-control'], text]).to.deep.equal([200, 'public, max-age=14400', 'tobi'])
  })
})

contract('followSymlinks of a call', ({ answer, serve, askForError }) => {
  it('counts before the option of the app, both ways', async () => {
    const { text } = await answer((target) => target.file('out.txt', { root, followSymlinks: true }))
    expect(text).to.equal('outside')
    const app = await serve((target) => target.file('out.txt', { followSymlinks: false }), {
      kit: { files: { root, followSymlinks: true } },
    })
    expect((await askForError(app)).status).to.equal(404)
  })
})

const site = new Sandbox()
site.write('index.html', 'home')
site.write('about.html', 'about')
site.write('both', 'without')
site.write('both.html', 'with')
site.write('only.htm', 'htm')
site.write('docs/index.html', 'docs')
site.write('docs.html', 'page beside the directory')
site.write('bare/a.txt', 'no index')
site.write('v1.2.html', 'a dot in the name')
site.write('.secret.html', 'secret')
mkdirSync(site.path('folder.html'))
site.write('other/home.txt', 'second index')
after(() => site.remove())

const EXTRAS = { extensions: ['html', 'htm'], index: ['index.html', 'home.txt'] } as const

contract('index and extensions', ({ answer, serve, askForError }) => {
  it('an extension may have its dot, and one name stands for a list of one', async () => {
    for (const extensions of ['html', '.html', ['.html']]) {
      const { text, headers } = await answer((target) => target.file('about', { root: site.root, extensions }))
      expect(text).to.equal('about')
      expect(headers['content-type']).to.equal('text/html; charset=utf-8')
      expect(headers['content-disposition']).to.equal('inline; filename=about.html')
    }
  })

  it('without them a directory, its path with a slash, and a bare name are a 404', async () => {
    for (const path of ['docs', 'docs/', 'about', '']) {
      for (const options of [{}, { index: false, extensions: false }] as const) {
        const app = await serve((target) => target.file(path, { root: site.root, ...options }))
        expect((await askForError(app)).status).to.equal(404)
      }
    }
  })

  it('a link out of the root is not found by them', async () => {
    const tree = new Sandbox()
    try {
      symlinkSync(outside, tree.path('page.html'))
      for (const path of ['page', '']) {
        const app = await serve((target) => target.file(path, { root: tree.root, ...EXTRAS, index: 'page.html' }))
        expect((await askForError(app)).status).to.equal(404)
      }
    } finally {
      tree.remove()
    }
  })

  for (const options of [
    { extensions: '/../../etc/passwd' },
    { extensions: [''] },
    { extensions: ['a\0'] },
    { extensions: true },
    { extensions: null },
    { index: '../outside.txt' },
    { index: '..' },
    { index: [5] },
    { index: null },
  ]) {
    it(`${JSON.stringify(options)} is refused`, async () => {
      const app = await serve((target) => target.file('a', { root: site.root, ...options } as FileOptions))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_OPTION' })
    })
  }

  it('deleteAfterSend, precompressed and the cache hold for the file that is found', async () => {
    site.write('zipped.html', 'plain')
    site.write('zipped.html.gz', 'coded')
    const { text, headers } = await answer(
      (target) => target.file('zipped', { root: site.root, ...EXTRAS, precompressed: ['gzip'] }),
      { headers: { 'Accept-Encoding': 'gzip' } },
    )
    expect([text, headers['content-encoding']]).to.deep.equal(['coded', 'gzip'])
    const cached = await answer(
      (target) => target.file('about', { root: site.root, ...EXTRAS }),
      {},
      {
        kit: { files: { cache: {} } },
      },
    )
    expect(cached.text).to.equal('about')
  })

  /** What each of the two packages answers for a path; a redirect to the path with a slash is the directory's index. */
  const paths = [
    '',
    'about',
    'about.html',
    'both',
    'only',
    'docs/',
    'docs/index',
    'bare/',
    'v1.2',
    '.secret',
    'missing',
    'missing/',
    'other/',
    'about/',
    'folder',
  ]

  for (const path of paths) {
    it(`${JSON.stringify(path)} is answered as the package send does`, async () => {
      const native = await listen((req, res) => {
        send(req, `/${path}`, { root: site.root, extensions: [...EXTRAS.extensions], index: [...EXTRAS.index] }).pipe(
          res,
        )
      })
      const expected = await request(native.port)
      await native.close()
      const app = await serve((target) => target.file(path, { root: site.root, ...EXTRAS }))
      const { status, text } = await askForError(app)
      expect(status).to.equal(expected.status)
      if (status === 200) expect(text).to.equal(expected.text)
    })
  }

  // If both are there, koa-send takes the file with the extension, and the kit the one that the path names, as send does.
  for (const path of ['about', 'about.html', 'only', 'docs/', 'bare/', 'v1.2', 'missing', 'other', 'docs/index']) {
    it(`${JSON.stringify(path)} is answered as koa-send does`, async () => {
      const options = { extensions: ['html', 'htm'], index: path === 'other' ? 'home.txt' : 'index.html' }
      const { root } = site
      const { status: expected, body } = await viaKoaSend(path, { root, ...options })
      const app = await serve((target) => target.file(path, { root, ...options }))
      const { status, text } = await askForError(app)
      expect(status).to.equal(expected)
      if (status === 200) expect(text).to.equal(body)
    })
  }
})

async function viaKoaSend(path: string, options: object): Promise<{ status: number; body: string }> {
  const { default: Koa } = await import('koa')
  const koa = new Koa()
  koa.silent = true
  koa.use(async (ctx) => {
    await koaSend(ctx, path, options)
  })
  const app = await listen(koa.callback())
  const { status, text } = await request(app.port)
  await app.close()
  return { status, body: text }
}
