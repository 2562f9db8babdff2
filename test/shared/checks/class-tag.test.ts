import { join } from 'node:path'
import vm from 'node:vm'
import { expect } from 'chai'
import { hasClassTag } from '../../../src/shared/checks/class-tag.js'
import { loadInRealm } from '../../support/realm.js'
import { readSourceTree } from '../../support/source-tree.js'

const root = join(import.meta.dirname, '../../..')

/** Classes of the kit, and of Node's own modules, which all realms of a process share. */
const SHARED_CLASSES: ReadonlySet<string> = new Set([
  'AssertionError',
  'Channel',
  'IncomingMessage',
  'ResponseKitError',
  'RouteNotFoundError',
  'ServerResponse',
  'Socket',
  'TLSSocket',
  'TooLargeForCookie',
])

describe('values of another realm', () => {
  it('hasClassTag() knows them, and no text or plain object', () => {
    const { date, map } = vm.runInNewContext('({ date: new Date(0), map: new Map() })')
    expect(hasClassTag(date, 'Date')).to.equal(true)
    expect(hasClassTag(map, 'Map')).to.equal(true)
    expect(hasClassTag(new Blob([]), 'Blob')).to.equal(true)
    for (const value of [undefined, null, 'Date', { name: 'Date' }, [], map])
      expect(hasClassTag(value, 'Date')).to.equal(false)
  })

  it('no source file asks instanceof of a class that each realm has for itself', () => {
    const asked = [...readSourceTree(root, 'src')].flatMap(([file, text]) =>
      [...text.matchAll(/\binstanceof (?:\w+\.)?(\w+)/g)]
        .filter(([, name = '']) => !SHARED_CLASSES.has(name))
        .map(([, name]) => `${file}: ${name}`),
    )
    // Each has another check beside it.
    expect(asked).to.deep.equal([
      'src/shared/checks/is-error.ts: Error',
      'src/shared/redirects/kept-value.ts: RangeError',
    ])
  })
})

describe('the kit in a realm of its own, as Jest loads it', function () {
  this.timeout(60_000)
  const realm = loadInRealm(join(root, 'test/fixtures/realm-app.cjs'))

  it('has other classes than the errors of Node', async () => {
    const error = await realm.makeError()
    expect(error).to.have.property('code', 'ENOENT')
    expect(realm.isOwnRealm(error)).to.equal(false)
  })

  for (const name of realm.cases as readonly string[]) {
    it(`${name} is answered as everywhere, with no path in the text`, async () => {
      const { status, text, answers } = await realm.run(name)
      for (const [framework, answer] of Object.entries<any>(answers)) {
        expect(answer.status, `${framework}: ${answer.text}`).to.equal(status)
        if (text !== undefined) expect(answer.text, framework).to.equal(text)
        if (status >= 400) expect(answer.text, framework).not.to.match(/secret|no\/such|ENOENT/)
      }
    })
  }
})
