import { ServerResponse } from 'node:http'
import { expect } from 'chai'
import { FieldMap } from '../../../src/shared/reply/field-map.js'

function fieldsOf(...calls: readonly ((fields: FieldMap) => void)[]): FieldMap {
  const fields = new FieldMap()
  for (const call of calls) call(fields)
  return fields
}

describe('FieldMap', () => {
  it('has one entry a name in any letter case, as it was written last, in the order of the calls', () => {
    const fields = fieldsOf(
      (each) => each.set('X-A', '1'),
      (each) => each.set('X-B', '2'),
      (each) => each.set('x-a', '3'),
    )
    expect(fields.entries()).to.deep.equal([
      ['x-a', '3'],
      ['X-B', '2'],
    ])
    expect(fields.get('X-a')).to.equal('3')
    expect(fields.size).to.equal(2)
  })

  it('appends lines, numbers as text', () => {
    const fields = fieldsOf(
      (each) => each.set('X-A', 1),
      (each) => each.append('x-a', ['2', '3']),
    )
    expect(fields.get('X-A')).to.deep.equal(['1', '2', '3'])
  })

  it('keeps a copy of a list: what the caller changes later does not count', () => {
    const list = ['1']
    const fields = fieldsOf((each) => each.set('X-A', list))
    list.push('a\r\nb')
    expect(fields.get('X-A')).to.deep.equal(['1'])
  })

  it('setAll: a Headers object gives each Set-Cookie line, undefined is skipped', () => {
    const headers = new Headers([
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ])
    const fields = fieldsOf(
      (each) => each.set('Set-Cookie', 'old=1'),
      (each) => each.setAll(headers, 'x'),
      (each) => each.setAll({ 'X-None': undefined }, 'x'),
    )
    expect(fields.entries()).to.deep.equal([['set-cookie', ['a=1', 'b=2']]])
  })

  it('setAll: the last of several spellings counts, as in `setHeaders` of a response', () => {
    const fields = fieldsOf((each) => each.setAll({ 'Cache-Control': 'public', 'cache-control': 'no-store' }, 'x'))
    expect(fields.entries()).to.deep.equal([['cache-control', 'no-store']])
  })

  for (const [own, expected] of [
    ['b=1', 'b=1'],
    [[], []],
  ] as const) {
    it(`setAll: the last spelling of Set-Cookie counts, also before an entry in lower case: ${JSON.stringify(own)}`, () => {
      const set = (given: Record<string, string | readonly string[]>) =>
        fieldsOf((each) => each.setAll(given, 'x')).get('Set-Cookie')
      expect(set({ 'set-cookie': 'a=1', 'Set-Cookie': own })).to.deep.equal(expected)
      expect(set({ 'Set-Cookie': 'a=1', 'set-cookie': own })).to.deep.equal([own].flat())
    })
  }

  it('setAll: a field that is refused leaves the others as they were', () => {
    const fields = fieldsOf((each) => each.set('X-A', '1'))
    expect(() => fields.setAll({ 'X-A': '2', 'X-B': 'bad\n' }, 'x')).to.throw(/X-B/)
    expect(fields.entries()).to.deep.equal([['X-A', '1']])
  })

  it('adds Set-Cookie and Vary to those of the response in any letter case, and replaces the rest (RFC 6265 §3)', () => {
    const res = new ServerResponse({ method: 'GET' } as any)
    res.setHeader('Set-Cookie', 'a=1')
    res.setHeader('Vary', 'Origin')
    res.setHeader('X-A', 'staged')
    const fields = fieldsOf(
      (each) => each.set('SET-COOKIE', ['b=2', 'c=3']),
      (each) => each.set('VARY', 'Accept'),
      (each) => each.set('x-a', 'reply'),
    )
    fields.writeTo(res)
    expect(res.getHeader('set-cookie')).to.deep.equal(['a=1', 'b=2', 'c=3'])
    expect(res.getHeader('vary')).to.equal('Origin, Accept')
    expect(res.getHeader('x-a')).to.equal('reply')
  })
})
