import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { jsonMethod } from '../../src/shared/methods/bodies.js'
import { responseMethods } from '../../src/shared/methods/response-methods.js'
import { type Reference, type ReferenceCall, writeReference } from '../support/reference.js'

const root = join(import.meta.dirname, '../..')
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

/** What says how a number is meant. */
const UNIT = /second|minute|\bday|byte|MB\b|how many|number of|status|integer|index|most|bits of|milliseconds/i

/** Types that an app gives to a call of the kit. The words of an SDK are its own. */
const IS_GIVEN =
  /(?:Options|Init|Attributes|Directives|Details|Range|Entry|Column)$|^Expected|^ServerSentEvent$|^S3Object$|PresignedRequest$/
const OF_AN_SDK = ['BlobSasOptions']

/** Their options are in the table of another type, or the kit gives them and no call takes them. */
const IS_TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  'StreamOptions', // ResponseKitOptions
  'UrlOptions', // SignedUrlOptions
  'VerifySignedUrlOptions', // express.VerifySignedUrlOptions
  'koa.VerifySignedUrlOptions',
  'ReadRange',
])

/**
 * Calls that an app makes. An app does not call what it implements (a store, a client of a database), what TypeScript asks of
 * `extends`, or the getters of a value. Assertions of tests throw what their runner throws.
 */
function isCalledByApps({ page, name, kind }: ReferenceCall): boolean {
  if (kind !== 'Call Signature' || page === 'testing') return false
  const [owner, member] = name.split('.')
  return (
    member === undefined ||
    /^(?:\w+Methods?|HeaderBuilders|Reply|HtmlFactory|Routes|Channel|Channels)$/.test(owner ?? '')
  )
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

  const optionsOfCalls = () =>
    Object.entries(reference.api.options)
      .filter(([owner]) => IS_GIVEN.test(owner) && !OF_AN_SDK.includes(owner))
      .flatMap(([owner, list]) => list.map((option) => ({ owner, ...option })))

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
      const entry = reference.api.entries.find(({ name, page }) => owner === name || owner === `${page}.${name}`)
      const text = section(entry?.page ?? '', entry?.anchor ?? '')
      for (const { name } of list)
        expect(text, `${owner}.${name}`).to.match(new RegExp(`(?:^\\| .*|^#+ )\`?${name.replace('$', '\\$')}\\b`, 'm'))
    }
  })

  it('tells of each option what it does, its unit and its default', () => {
    const holes = optionsOfCalls().flatMap(({ owner, name, type, isOptional, text, default: byDefault = '–' }) => [
      ...(text === '' ? [`${owner}.${name}: text`] : []),
      ...(isOptional && byDefault === '–' ? [`${owner}.${name}: default`] : []),
      ...(/\bnumber\b|Duration/.test(type) &&
      !/=>|Record</.test(type) &&
      !['id', 'value'].includes(name) &&
      !UNIT.test(`${text} ${byDefault}`)
        ? [`${owner}.${name}: unit`]
        : []),
    ])
    expect(holes).to.deep.equal([])
  })

  it('tells of each call what it does, what it takes, what it throws, and shows one', () => {
    const calls = reference.api.calls.filter(isCalledByApps)
    expect(calls.map(({ name }) => name)).to.include.members(['Reply.setZip', 'StreamMethods.sse', 'defineRoutes'])
    const holes = calls.flatMap(({ name, text, tags, parameters }) => [
      ...(text === '' ? [`${name}: text`] : []),
      ...parameters.filter((each) => each.text === '').map((each) => `${name}: ${each.name}`),
      ...['@throws', '@example'].filter((tag) => !tags.includes(tag)).map((tag) => `${name}: ${tag}`),
    ])
    expect(holes).to.deep.equal([])
  })

  it('is what the tables of options in the guides say', () => {
    expect(reference.complaints).to.equal('')
  })

  it('is the only place of options: each type of them has a table in a guide', () => {
    const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
    const text = guides.map((name) => readFileSync(join(root, 'docs', name), 'utf8')).join('\n')
    const written = [...text.matchAll(/^\| *(?:option|attribute|member) *\|(?! Type)/gim)].map(([line]) => line)
    expect(written, 'tables that are written by hand').to.deep.equal([])
    const wanted = [...new Set(optionsOfCalls().map(({ owner }) => owner))].filter(
      (name) => !IS_TOLD_ELSEWHERE.has(name),
    )
    expect(wanted).to.include.members([
      'FileOptions',
      'RedisStoreOptions',
      'S3Object',
      'express.VerifySignedUrlOptions',
    ])
    expect(wanted.filter((name) => !text.includes(`<!-- options: ${name} -->`))).to.deep.equal([])
  })

  it('has a name for each type of options', () => {
    const text = readdirSync(reports)
      .map((name) => readFileSync(join(reports, name), 'utf8'))
      .join('\n')
    const unnamed = [...text.matchAll(/^ *(?:export function )?(\w+)[^\n]*[(,] ?\w+\??: (?:\w+ & )?\{$/gm)].map(
      ([, call]) => call,
    )
    // An app does not write these: a store of its own gets an event, and the two SDKs get options from the kit.
    expect(unnamed.sort()).to.deep.equal(['append', 'getProperties', 'send'])
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
