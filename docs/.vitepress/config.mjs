import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { PAGES } from '../../scripts/reference/pages.mjs'
import { linkToReference } from './link-to-reference.mjs'
import { makeRelative, PLACEHOLDER } from './relative-site.mjs'
import { stackTables } from './stack-tables.mjs'

/** The anchor of a heading as GitHub makes it, so that one link works on both. */
const slugify = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')

const isKoa = (code) => /\bctx\b|'koa'/.test(code)

/** Two blocks, with nothing but an empty line between them. */
const TWO_BLOCKS = /^```ts\n((?:(?!```).*\n)*)```\n\n```ts\n((?:(?!```).*\n)*)```\n/gm

/** A block for Express and the one for Koa after it become two tabs. */
const showTabs = {
  name: 'tabs-of-frameworks',
  enforce: 'pre',
  transform(text, id) {
    if (!id.endsWith('.md')) return undefined
    const tabs = text.replaceAll(TWO_BLOCKS, (both, first, second) => {
      if (isKoa(first) === isKoa(second)) return both
      return isKoa(first) ? tabsOf(second, first) : tabsOf(first, second)
    })
    return tabs.replace(TABLE, (_, express, koa, code, codeOfKoa) => {
      return `- Express: ${express}\n- Koa: ${koa}\n\n${tabsOf(code, codeOfKoa, 'js')}`
    })
  },
}

const tabsOf = (express, koa, language = 'ts') =>
  `::: code-group\n\n\`\`\`${language} [Express]\n${express}\`\`\`\n\n\`\`\`${language} [Koa]\n${koa}\`\`\`\n\n:::\n`

/** The two apps of README.md, which GitHub shows side by side. */
const TABLE =
  /^<table>\n.*?(<code>.*?<\/code>).*?(<code>.*?<\/code>).*\n<tr><td>\n\n```js\n([\s\S]*?)^```\n\n<\/td><td>\n\n```js\n([\s\S]*?)^```\n\n<\/td><\/tr>\n<\/table>$/m

/** Text such as `{{ name }}` in a line is shown, and not read as an expression of Vue. */
function showBraces(md) {
  const { code_inline: render } = md.renderer.rules
  md.renderer.rules.code_inline = (tokens, index, options, env, self) => {
    tokens[index].attrSet('v-pre', '')
    return render(tokens, index, options, env, self)
  }
}

/** The corner of a table, in which there is no text, is no heading. */
function openCorners(md) {
  md.core.ruler.push('open-corners', ({ tokens }) => {
    for (const [index, token] of tokens.entries()) {
      if (token.type !== 'inline' || token.content !== '' || tokens[index - 1].tag !== 'th') continue
      for (const each of [tokens[index - 1], tokens[index + 1]]) each.tag = 'td'
    }
  })
}

/** The template engines whose pages belong to that of the view helpers. */
const engines = ['EJS', 'Pug', 'Handlebars', 'Nunjucks', 'Eta', 'Mustache'].map((text) => ({
  text,
  link: `/docs/views/${text.toLowerCase()}`,
}))

const decisions = readdirSync(join(import.meta.dirname, '../decisions'))
  .filter((name) => /^\d/.test(name))
  .map((name) => ({ text: headingOf(name), link: `/docs/decisions/${name.replace(/\.md$/, '')}` }))

const guides = [
  { text: 'Methods and options', link: '/docs/methods' },
  { text: 'Named routes', link: '/docs/routes' },
  { text: 'Redirects', link: '/docs/redirects' },
  { text: 'Cookies', link: '/docs/cookies' },
  { text: 'Header fields', link: '/docs/headers' },
  { text: 'Files and downloads', link: '/docs/files' },
  { text: 'Object stores', link: '/docs/object-stores' },
  { text: 'Streams and events', link: '/docs/streams' },
  { text: 'On several machines', link: '/docs/scaling' },
  { text: 'Replies', link: '/docs/replies' },
  { text: 'View helpers', link: '/docs/views', collapsed: true, items: engines },
]

function headingOf(decision) {
  const text = readFileSync(join(import.meta.dirname, '../decisions', decision), 'utf8')
  return text.slice(2, text.indexOf('\n'))
}

const reference = Object.entries(PAGES).map(([name, { title }]) => ({ text: title, link: `/docs/reference/${name}` }))

export default ({ command }) =>
  defineConfig({
    title: 'response-kit',
    description: 'Downloads, redirects, cookies, forms, streams and live events for Express and Koa.',
    // The pages are where GitHub shows them: README.md is the first one.
    srcDir: '..',
    srcExclude: ['{bench,coverage,dist,docs-site,examples,scripts,src,test}/**', '**/.github/**'],
    rewrites: { 'README.md': 'index.md' },
    outDir: '../docs-site',
    cacheDir: '../node_modules/.cache/vitepress',
    base: command === 'build' ? PLACEHOLDER : '/',
    buildEnd: ({ outDir }) => makeRelative(outDir),
    markdown: {
      anchor: { slugify },
      theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
      languageAlias: { ejs: 'html', eta: 'html', mustache: 'handlebars', nunjucks: 'jinja' },
      config: (md) => {
        showBraces(md)
        openCorners(md)
        stackTables(md)
        linkToReference(md)
      },
    },
    vite: { plugins: [showTabs] },
    themeConfig: {
      outline: [2, 3],
      search: { provider: 'local' },
      nav: [
        { text: 'Start', link: '/' },
        { text: 'Guides', items: guides },
        { text: 'Migrating', link: '/docs/migrating' },
        { text: 'Recipes', link: '/docs/recipes' },
        { text: 'API', link: '/docs/reference/', activeMatch: '/docs/reference/' },
        { text: 'FAQ', link: '/docs/faq' },
      ],
      sidebar: [
        { text: 'Start', link: '/' },
        { text: 'Guides', items: guides },
        {
          text: 'Change an app',
          items: [
            { text: 'Migrating', link: '/docs/migrating' },
            { text: 'Recipes', link: '/docs/recipes' },
            { text: 'Proxies and CDNs', link: '/docs/proxies' },
            { text: 'Security', link: '/docs/security' },
            { text: 'Errors', link: '/docs/errors' },
          ],
        },
        {
          text: 'Tools',
          items: [
            { text: 'TypeScript', link: '/docs/typescript' },
            { text: 'Testing', link: '/docs/testing' },
            { text: 'NestJS and other hosts', link: '/docs/nestjs' },
            { text: 'Performance', link: '/docs/performance' },
          ],
        },
        { text: 'API reference', link: '/docs/reference/', collapsed: true, items: reference },
        {
          text: 'About',
          items: [
            { text: 'FAQ', link: '/docs/faq' },
            { text: 'Versions', link: '/docs/versions' },
            { text: 'Changes', link: '/CHANGELOG' },
            { text: 'Security policy', link: '/SECURITY' },
            { text: 'Contributing', link: '/CONTRIBUTING' },
            { text: 'Code of conduct', link: '/CODE_OF_CONDUCT' },
            { text: 'Decisions', link: '/docs/decisions/README', collapsed: true, items: decisions },
          ],
        },
      ],
    },
  })
