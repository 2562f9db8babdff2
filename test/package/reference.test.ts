import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { jsonMethod } from '../../src/shared/methods/bodies.js'
import { responseMethods } from '../../src/shared/methods/response-methods.js'
import { type Reference, writeReference } from '../support/reference.js'

const reports = join(import.meta.dirname, 'api')

/** The names that the API report of an entry exports. */
function exportsOf(report: string): string[] {
  const text = readFileSync(join(reports, report), 'utf8')
  const declared = [
    ...text.matchAll(/^export (?:declare )?(?:abstract )?(?:class|const|function|interface|type) (\w+)/gm),
  ]
  const renamed = [...text.matchAll(/^export \{ (.*) \}$/gm)].flatMap(([, names = '']) => names.split(', '))
  return [
    ...declared.map(([, name = '']) => name),
    ...renamed.map((each) => each.split(' as ').at(-1) ?? '').filter((name) => name !== 'default'),
  ]
}

describe('the API reference', function () {
  this.timeout(120_000)
  let reference: Reference
  before(async () => {
    reference = await writeReference()
  })
  after(() => reference?.remove())

  /** The part of a page below a heading, with the headings below it. */
  const section = (page: string, anchor: string): string => {
    const text = reference.page(page)
    const heading = new RegExp(`^(#+) .* \\{#${anchor}\\}$`, 'm').exec(text)
    if (heading === null) throw new Error(`${page} has no heading with the anchor ${anchor}`)
    const rest = text.slice(heading.index + heading[0].length)
    const end = rest.search(new RegExp(`^#{1,${heading[1]?.length}} `, 'm'))
    return end < 0 ? rest : rest.slice(0, end)
  }

  it('has each method of a response, with a signature', () => {
    const names = Object.keys({ ...responseMethods, ...jsonMethod })
    expect(names).to.include.members(['download', 'json', 'sse'])
    expect(reference.api.methods.map(({ name }) => name)).to.include.members(names)
    for (const { name, page, anchor } of reference.api.methods) {
      expect(section(page, anchor), name).to.match(new RegExp(`^\`\`\`ts\n${name}[<(]`, 'm'))
    }
  })

  it('has all that the package exports, with a text', () => {
    const names = readdirSync(reports).flatMap(exportsOf)
    expect(names).to.include.members(['ResponseKitOptions', 'defineRoutes', 's3Source', 'FileCallback', 'Reply'])
    expect(reference.api.entries.map(({ name }) => name)).to.include.members(names)
    for (const { page, anchor, text } of reference.api.entries)
      expect(section(page, anchor)).to.include(text.slice(0, 20))
    expect(reference.api.entries.filter(({ text }) => text === '').map(({ name }) => name)).to.deep.equal([])
  })

  it('has each option with its type', () => {
    const { options } = reference.api
    expect(options).to.include.keys('FileOptions', 'ResponseKitOptions', 'EventStreamOptions')
    for (const [owner, list] of Object.entries(options)) {
      const entry = reference.api.entries.find(({ name }) => name === owner)
      const text = section(entry?.page ?? '', entry?.anchor ?? '')
      for (const { name } of list)
        expect(text, `${owner}.${name}`).to.match(new RegExp(`(?:^\\| .*|^#+ )\`?${name.replace('$', '\\$')}\\b`, 'm'))
    }
  })

  it('has links that lead to a heading', () => {
    const pages = [...new Set(['index', ...reference.api.entries.map(({ page }) => page)])]
    const anchors = new Map(
      pages.map((page) => {
        const found = reference.page(page).matchAll(/^#+ (?:.* \{#([^}]+)\}|(\w+))$|<a id="([^"]+)">/gm)
        return [page, new Set([...found].map(([, given, word, cell]) => given ?? word?.toLowerCase() ?? cell))]
      }),
    )
    const dead = pages.flatMap((page) =>
      [...reference.page(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)]
        .map(([link, file = '', anchor]) => ({ link, target: file === '' ? page : file.replace(/\.md$/, ''), anchor }))
        .filter(
          ({ target, anchor }) =>
            anchors.get(target)?.has(anchor ?? '') !== true && (anchor !== undefined || !anchors.has(target)),
        )
        .map(({ link }) => `${page}: ${link}`),
    )
    expect(dead).to.deep.equal([])
  })
})
