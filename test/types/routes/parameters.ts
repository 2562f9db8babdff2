import { defineRoutes, group, type PathParameters, type SegmentValue } from 'response-kit'
import { type Equal, holds } from '../not-any.js'

type Segments = readonly SegmentValue[]

// What is read out of a path, in both syntaxes.
holds<Equal<PathParameters<'/'>, Record<never, never>>>()
holds<Equal<PathParameters<'/users/:id'>, { readonly id: SegmentValue }>>()
holds<
  Equal<
    PathParameters<'/:a-:b.:c_d'>,
    { readonly a: SegmentValue; readonly b: SegmentValue; readonly c_d: SegmentValue }
  >
>()
holds<
  Equal<
    PathParameters<'/:year{/:month{-:day}}'>,
    { readonly year: SegmentValue; readonly month?: SegmentValue | undefined; readonly day?: SegmentValue | undefined }
  >
>()
holds<
  Equal<PathParameters<'{/:lang}/x/:id'>, { readonly id: SegmentValue; readonly lang?: SegmentValue | undefined }>
>()
holds<Equal<PathParameters<'/files/*path'>, { readonly path: Segments }>>()
holds<Equal<PathParameters<'/files{/*path}'>, { readonly path?: Segments | undefined }>>()
holds<Equal<PathParameters<'/:"first-name"/x'>, { readonly 'first-name': SegmentValue }>>()
holds<Equal<PathParameters<'/a\\:b/:c'>, { readonly c: SegmentValue }>>()
holds<Equal<PathParameters<'/:größe'>, { readonly größe: SegmentValue }>>()
holds<Equal<PathParameters<'/:id?'>, { readonly id?: SegmentValue | undefined }>>()
holds<Equal<PathParameters<'/:id(\\d+)'>, { readonly id: SegmentValue }>>()
holds<Equal<PathParameters<'/:id(\\d+)?/:x'>, { readonly x: SegmentValue; readonly id?: SegmentValue | undefined }>>()
holds<Equal<PathParameters<'/:path(*)'>, { readonly path: Segments }>>()
holds<Equal<PathParameters<'/*/x/*'>, { readonly 0: Segments; readonly 1: Segments }>>()
holds<Equal<PathParameters<'/ab*cd', 'express4'>, { readonly 0: Segments }>>()
holds<
  Equal<
    PathParameters<'/*a*b/:id', 'express4'>,
    { readonly 0: Segments; readonly 1: Segments; readonly id: SegmentValue }
  >
>()
holds<
  Equal<
    PathParameters<'/:path(*)/:id(\\d*)?', 'express4'>,
    { readonly path: Segments; readonly id?: SegmentValue | undefined }
  >
>()
holds<Equal<PathParameters<string>, Readonly<Record<string, SegmentValue | Segments | undefined>>>>()

const routes = defineRoutes({
  home: '/',
  user: '/users/:id',
  files: '/files/*path',
  legacy: '/old/:id(\\d+)/:part?',
  ...group('admin', '/admin/:org', {
    index: '/',
    report: '/reports/:year{/:month}',
    ...group('users', '/users', { show: '/:user' }),
  }),
})

// Paths are known literally, so that the framework's own types read their parameters.
holds<Equal<ReturnType<typeof routes.path<'user'>>, '/users/:id'>>()
const report: '/admin/:org/reports/:year{/:month}' = routes.path('admin.report')
const local: '/reports/:year{/:month}' = routes.local('admin.report')
const show: '/admin/:org/users/:user' = routes.path('admin.users.show')
const index: '/admin/:org' = routes.path('admin.index')
void [report, local, show, index]

routes.url('home')
routes.url('home', {}, { hash: 'top' })
routes.url('user', { id: 1n })
routes.url('files', { path: ['a', 1] })
routes.url('legacy', { id: 1 })
routes.url('legacy', { id: 1, part: 'x' })
routes.url('admin.index', { org: 'x' })
routes.url('admin.report', { org: 'x', year: 2020, month: undefined })
routes.url('admin.users.show', { org: 'x', user: 1 })
routes.prefix('admin')
routes.prefix('admin.users', 'admin')
routes.local('admin.users.show', 'admin')
const handler = (_request: { id: number }): string => 'x'
holds<Equal<ReturnType<typeof routes.view<typeof handler>>, typeof handler>>()

const translated = defineRoutes({ home: '/', page: '/:lang/:slug' }, { defaults: { lang: 'en' } })
translated.url('page', { slug: 'x' })
translated.url('page', { slug: 'x', lang: 'de' })
// @ts-expect-error a parameter without a default is missing
translated.url('page', { lang: 'de' })
// @ts-expect-error a misspelt parameter
translated.url('page', { slug: 'x', lagn: 'de' })

const express4 = defineRoutes({ any: '/ab*cd' }, { syntax: 'express4' })
express4.url('any', { 0: ['x'] })
// @ts-expect-error in Express 4 the text after a star is no name
express4.url('any', { cd: ['x'] })
// @ts-expect-error no such syntax
defineRoutes({ any: '/' }, { syntax: 'express5' })

// @ts-expect-error an unknown name
routes.url('users', { id: 1 })
// @ts-expect-error a name without its group
routes.url('report', { org: 'x', year: 2020 })
// @ts-expect-error a parameter is missing
routes.url('user')
// @ts-expect-error the prefix's parameter is missing
routes.url('admin.report', { year: 2020 })
// @ts-expect-error a parameter is misspelt
routes.url('user', { ID: 1 })
// @ts-expect-error a parameter too many
routes.url('user', { id: 1, tab: 2 })
// @ts-expect-error a required parameter is undefined
routes.url('user', { id: undefined })
// @ts-expect-error a segment is no object
routes.url('user', { id: {} })
// @ts-expect-error a segment is no list
routes.url('user', { id: ['a'] })
// @ts-expect-error a wildcard is a list
routes.url('files', { path: 'a/b' })
routes.url('home', {}, { query: { a: { b: [1, { c: true }] } } })
routes.url('home', {}, { query: new URLSearchParams(), absolute: true })
routes.url('home', {}, { query: new Map([['a', 1]]) })
// @ts-expect-error a query has no functions
routes.url('home', {}, { query: { a: () => 1 } })
// @ts-expect-error without a request there is no current query
routes.url('home', {}, { query: true })
// @ts-expect-error no such option
routes.url('home', {}, { fragment: 'top' })
// @ts-expect-error an unknown name
routes.path('users')
// @ts-expect-error no such group
routes.prefix('users')
// @ts-expect-error a route is no group
routes.prefix('user')
// @ts-expect-error a view is a function
routes.view('home', {})
// @ts-expect-error an unknown name
routes.view('homes', handler)
// @ts-expect-error a path is a string
defineRoutes({ home: 1 })
// @ts-expect-error a prefix is a string
group('admin', 1, {})
