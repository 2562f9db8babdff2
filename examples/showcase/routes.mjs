import { defineRoutes } from 'response-kit'
import { features } from './features.mjs'

/** One definition, served by both frameworks. */
export const routes = defineRoutes({
  home: '/',
  wire: '/wire/:name',
  asset: '/assets/:file',
  ...Object.fromEntries(features.map(({ name, path }) => [name, path])),
})
