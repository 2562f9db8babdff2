import { expect, use } from 'chai'
import request from 'supertest'
import {
  defineRoutes,
  download,
  json,
  problem,
  type Reply,
  redirect,
  redirectTo,
  sendReply,
  text,
} from '../../src/index.js'
import { responseKitAssertions } from '../../src/testing/index.js'

use(responseKitAssertions)

const routes = defineRoutes({ 'users.home': '/dashboard/:userId' })

/** The answer to a Reply, as supertest gives it. */
async function answerTo(reply: Reply): Promise<request.Response> {
  return request((req: any, res: any) => void sendReply(req, res, reply, { routes })).get('/')
}

const failure = (assertion: () => unknown): string => {
  try {
    assertion()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the assertion holds')
}

describe('responseKitAssertions', () => {
  it('redirectTo', async () => {
    const res = await answerTo(redirect('/login', { status: 307 }))
    expect(res).to.redirectTo('/login')
    expect(res).to.redirectTo(/^\/log/, 307)
    expect(res).not.to.redirectTo('/other')
    expect(failure(() => expect(res).to.redirectTo('/a'))).to.equal(
      "expected the response to redirect to '/a', got 307 to '/login'",
    )
    expect(failure(() => expect(res).to.redirectTo('/login', 302))).to.equal(
      "expected the response to redirect to '/login' with 302, got 307 to '/login'",
    )
    expect(failure(() => expect(res).not.to.redirectTo('/login'))).to.equal(
      "expected the response not to redirect to '/login'",
    )
    const page = await answerTo(text('x').setHeader('Location', '/a'))
    expect(failure(() => expect(page).to.redirectTo('/a'))).to.include('got 200 without a redirect')
  })

  it('redirectToRoute', async () => {
    const res = await answerTo(redirectTo('users.home', { userId: 1 }, { query: { mode: 'preview' } }))
    expect(res).to.redirectToRoute(routes, 'users.home', { userId: 1 }, { query: { mode: 'preview' }, status: 302 })
    expect(failure(() => expect(res).to.redirectToRoute(routes, 'users.home', { userId: 2 }))).to.equal(
      "expected the response to redirect to route 'users.home' ('/dashboard/2'), got 302 to '/dashboard/1?mode=preview'",
    )
    expect(() => expect(res).to.redirectToRoute(routes, 'users.hom')).to.throw(/users\.home/)
  })

  it('setCookie', async () => {
    const attributes = { httpOnly: true, sameSite: 'lax', maxAge: '7d' } as const
    const res = await answerTo(
      text('x')
        .setCookie('a', 'ü;1', attributes)
        .setCookie('o', { b: [1] })
        .setCookie('n', 5),
    )
    expect(res).to.setCookie('a')
    expect(res).to.setCookie('a', 'ü;1')
    expect(res).to.setCookie('a', {
      value: 'ü;1',
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
      maxAge: 604800,
      secure: false,
    })
    expect(res).to.setCookie('a', { maxAge: '7d' })
    expect(res).to.setCookie('o', { value: { b: [1] } })
    expect(res).to.setCookie('n', { value: 5 })
    expect(res).not.to.setCookie('b')
    expect(res).not.to.setCookie('a', { secure: true })
    expect(failure(() => expect(res).to.setCookie('b'))).to.equal(
      "expected the response to set cookie 'b', got 'a', 'o', 'n'",
    )
    expect(failure(() => expect(res).to.setCookie('a', { value: 'x', secure: true }))).to.equal(
      "expected the response to set cookie 'a' with { value: 'x', secure: true }, got { value: 'ü;1', secure: false }",
    )
    expect(() => expect(res).to.setCookie('a', { htpOnly: true } as any)).to.throw(
      TypeError,
      "did you mean 'httpOnly'?",
    )
    expect(failure(() => expect({ status: 200, headers: {} }).to.setCookie('a'))).to.include('no Set-Cookie at all')
  })

  it('deleteCookie', async () => {
    const res = await answerTo(text('x').deleteCookie('a', { path: '/admin' }).setCookie('b', '1'))
    expect(res).to.deleteCookie('a')
    expect(res).to.deleteCookie('a', { path: '/admin' })
    expect(res).not.to.deleteCookie('a', { path: '/' })
    expect(res).not.to.deleteCookie('b')
    expect(() => expect(res).not.to.deleteCookie('a', { pth: '/' } as object)).to.throw(
      TypeError,
      "'pth' (did you mean 'path'?)",
    )
    expect(res).not.to.setCookie('a')
    expect(failure(() => expect(res).to.deleteCookie('b'))).to.equal(
      "expected the response to delete cookie 'b', got 'a' deleted, 'b'",
    )
  })

  it('download', async () => {
    const res = await answerTo(download(Buffer.from('x'), '€ report.pdf'))
    expect(res).to.be.a.download()
    expect(res).to.be.a.download('€ report.pdf')
    expect(res).to.be.a.download(/\.pdf$/)
    expect(res).not.to.be.a.download('report.pdf')
    expect(failure(() => expect(res).to.download('a.pdf'))).to.match(
      /^expected the response to be a download named 'a.pdf', got attachment; filename=/,
    )
    const page = await answerTo(text('x'))
    expect(page).not.to.be.a.download()
    expect(failure(() => expect(page).to.download())).to.include('got no Content-Disposition')
  })

  it('problem', async () => {
    const res = await answerTo(problem({ status: 404, detail: 'No such order', order: { id: 7 } }))
    expect(res).to.have.problem(404)
    expect(res).to.have.problem(404, { title: 'Not Found', order: { id: 7 } })
    expect(res).not.to.have.problem(400)
    expect(res).not.to.have.problem(404, { detail: 'other' })
    expect(failure(() => expect(res).to.have.problem(404, { detail: 'x' }))).to.equal(
      "expected the response to have problem 404 with { detail: 'x' }, got 404 " +
        "{ title: 'Not Found', status: 404, detail: 'No such order', order: { id: 7 } }",
    )
    const plain = await answerTo(json({ status: 404 }, { status: 404 }))
    expect(plain).not.to.have.problem(404)
    expect(failure(() => expect(plain).to.have.problem(404))).to.include('got 404 application/json')
  })

  it('streamEvents', async () => {
    const body = ': hi\n\nid: 1\ndata: a\ndata: b\n\nevent: tick\r\ndata: {"n":1}\r\nretry: 10\r\n\r\ndata: cut off'
    const res = await answerTo(text(body, { type: 'text/event-stream' }))
    expect(res).to.streamEvents(['a\nb', { event: 'tick', data: { n: 1 }, retry: 10 }])
    expect(res).to.streamEvents([{ event: 'message', id: '1' }, { id: '1' }])
    expect(res).not.to.streamEvents(['a\nb'])
    expect(res).not.to.streamEvents([{ data: 'a' }, {}])
    expect(failure(() => expect(res).to.streamEvents(['x']))).to.include(
      "to stream the events [ 'x' ], got [ { event: 'message'",
    )
    expect(failure(() => expect({ status: 200, headers: { 'content-type': 'a/b' } }).to.streamEvents([]))).to.include(
      'got a/b',
    )
  })

  it('what is no response is named', () => {
    expect(() => expect('x').to.redirectTo('/')).to.throw(
      TypeError,
      "expected a response of supertest, fetch or inject, got 'x'",
    )
  })
})
