import { defineConfig } from 'vitepress'
import { makeRelative, PLACEHOLDER } from './relative-site.mjs'

/** The anchor of a heading as GitHub makes it, so that one link works on both. */
const slugify = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')

const isKoa = (code) => /\bctx\b|'koa'/.test(code)

/** A block for Express and the one for Koa after it become two tabs. */
const showTabs = {
  name: 'tabs-of-frameworks',
  enforce: 'pre',
  transform(text, id) {
    if (!id.endsWith('.md')) return undefined
    const tabs = text.replaceAll(/^```ts\n([\s\S]*?)^```\n\n```ts\n([\s\S]*?)^```\n/gm, (both, first, second) => {
      if (isKoa(first) === isKoa(second)) return both
      return isKoa(first) ? tabsOf(second, first) : tabsOf(first, second)
    })
    return tabs.replace(TABLE, (_, express, koa, code, codeOfKoa) => {
      return `- Express: ${express}\n- Koa: ${koa}\n\n${tabsOf(code, codeOfKoa)}`
    })
  },
}

const tabsOf = (express, koa) =>
  `::: code-group\n\n\`\`\`ts [Express]\n${express}\`\`\`\n\n\`\`\`ts [Koa]\n${koa}\`\`\`\n\n:::\n`

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
  { text: 'View helpers', link: '/docs/views' },
]

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
      languageAlias: { ejs: 'html', eta: 'html', mustache: 'handlebars', nunjucks: 'jinja' },
      config: showBraces,
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
        {
          text: 'About',
          items: [
            { text: 'FAQ', link: '/docs/faq' },
            { text: 'Versions', link: '/docs/versions' },
            { text: 'Changes', link: '/CHANGELOG' },
            { text: 'Contributing', link: '/CONTRIBUTING' },
          ],
        },
      ],
    },
  })
