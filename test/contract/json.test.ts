import { expect } from 'chai'
import { json } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'
import { responding } from '../support/responding.js'

contract('JSON options', ({ framework, answer, serve, askForError }) => {
  const sent = async (value: unknown, options = {}) =>
    (await answer(responding(framework, () => json(value, options)))).text

  it('space indents', async () => {
    expect(await sent({ a: [1] }, { space: 2 })).to.equal('{\n  "a": [\n    1\n  ]\n}')
  })

  it('replacer: a function or a list of members', async () => {
    expect(await sent({ a: 1, b: 2 }, { replacer: ['b'] })).to.equal('{"b":2}')
    const upper = (_key: string, value: unknown) => (typeof value === 'string' ? value.toUpperCase() : value)
    expect(await sent({ a: 'x' }, { replacer: upper })).to.equal('{"a":"X"}')
  })

  it('escapeHtml writes what could end a script element as escapes', async () => {
    const text = await sent({ a: '</script>&' }, { escapeHtml: true })
    expect(text).to.equal('{"a":"\\u003c/script\\u003e\\u0026"}')
    expect(JSON.parse(text)).to.deep.equal({ a: '</script>&' })
  })

  it('stringify is replaceable, for BigInt say', async () => {
    const stringify = (value: unknown) =>
      JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? `${each}` : each))
    expect(await sent({ a: 1n }, { stringify })).to.equal('{"a":"1"}')
  })

  it('a stringify or a schema that fails is a clear error', async () => {
    const broken = () => {
      throw new Error('no')
    }
    for (const options of [{ stringify: broken }, { stringify: () => 7 as any }, { schema: { type: 'integer' } }]) {
      const app = await serve(responding(framework, () => json('text', options)))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_ARGUMENT' })
      expect(app.errors[0]?.message).to.match(/^json: /)
    }
  })

  it("Express: the app's 'json spaces', 'json replacer' and 'json escape' count as for res.json; the call's own win", async () => {
    if (framework.family !== 'express') return
    const setUp = (app: any) => {
      app.set('json spaces', 1)
      app.set('json escape', true)
      app.set('json replacer', (_key: string, value: unknown) => (value === 1 ? '<one>' : value))
    }
    const native = await serve((target: any) => void target.json({ a: 1 }), { setUp })
    const own = await serve(
      responding(framework, () => ({ a: 1 })),
      { setUp },
    )
    const given = await serve(
      responding(framework, () => json({ a: 1 }, { space: 0, replacer: ['a'] })),
      { setUp },
    )
    const expected = await request(native.port)
    const actual = await request(own.port)
    expect(actual.text).to.equal('{\n "a": "\\u003cone\\u003e"\n}')
    expect(actual.text).to.equal(expected.text)
    expect(actual.headers.etag).to.equal(expected.headers.etag)
    expect((await request(given.port)).text).to.equal('{"a":1}')
  })
})
