// The pages of the API reference. A declaration is on the page of the folder of `src` that has its file.

/** The name of a page -> its heading, what it says first, and the folders of `src`. */
export const PAGES = {
  methods: {
    title: 'Methods of a response',
    text: 'After `app.use(responseKit())` these are on `res` in Express and on `ctx` in Koa. Express keeps its own `res.json`.',
    folders: ['shared/methods'],
  },
  options: {
    title: 'Options of responseKit()',
    text: 'What `responseKit(options)` takes, on both frameworks. The options of streams count for every stream of the app.',
    folders: ['shared/settings'],
  },
  replies: {
    title: 'Replies',
    text: 'Factories that make a `Reply`, the class itself, and what sends it. All are imported from `response-kit`.',
    folders: ['shared/reply'],
  },
  bodies: {
    title: 'Bodies and problems',
    text: 'Options of text, HTML, JSON, templates and problem details.',
    folders: ['shared/bodies', 'shared/json'],
  },
  files: {
    title: 'Files and archives',
    text: 'Options and sources of `file`, `download` and `zip`.',
    folders: ['shared/files'],
  },
  streams: {
    title: 'Streams and channels',
    text: 'Options of streams and event streams, and the channels that many clients share.',
    folders: ['shared/streams'],
  },
  routes: {
    title: 'Routes and redirects',
    text: 'Named routes, signed URLs, redirects, and what is kept for the next request.',
    folders: ['shared/routes', 'shared/redirects'],
  },
  cookies: { title: 'Cookies', text: 'Attributes and values of cookies.', folders: ['shared/cookies'] },
  fields: { title: 'Header fields', text: 'What the calls for header fields take.', folders: ['shared/fields'] },
  common: {
    title: 'Errors and common types',
    text: 'The class of all errors of the kit, and types that several calls share.',
    folders: ['shared/checks', 'shared/exchange'],
  },
  express: {
    title: 'response-kit/express',
    text: 'The middleware for Express, and what belongs to it.',
    folders: ['express'],
  },
  koa: { title: 'response-kit/koa', text: 'The middleware for Koa, and what belongs to it.', folders: ['koa'] },
  testing: {
    title: 'response-kit/testing',
    text: 'Assertions on responses, and checks for a store of your own.',
    folders: ['testing'],
  },
  redis: {
    title: 'response-kit/redis',
    text: 'Channels and claims that processes share by Redis.',
    folders: ['redis'],
  },
  postgres: {
    title: 'response-kit/postgres',
    text: 'Channels and claims that processes share by Postgres.',
    folders: ['postgres'],
  },
  s3: { title: 'response-kit/s3', text: 'Objects of S3 as sources of `file`, `download` and `zip`.', folders: ['s3'] },
  azure: {
    title: 'response-kit/azure',
    text: 'Blobs of Azure as sources of `file`, `download` and `zip`.',
    folders: ['azure'],
  },
}

/** The page of a declaration in `src/shared/files/file-options.ts`, for example. */
export function pageOf(file) {
  const found = Object.keys(PAGES).find((name) =>
    PAGES[name].folders.some((folder) => file.startsWith(`src/${folder}/`)),
  )
  if (found === undefined) throw new Error(`scripts/reference/pages.mjs has no page for ${file}`)
  return found
}
