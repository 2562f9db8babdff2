import { randomBytes } from 'node:crypto'
import { defineRoutes } from 'response-kit'
import { features } from './features.mjs'

/** One definition, served by both frameworks. */
export const routes = defineRoutes(
  {
    home: '/',
    try: '/try/:name',
    asset: '/assets/:file',
    'live.events': '/live/events',
    'live.publish': '/live/publish',
    'live.cut': '/live/cut',
    'live.measurements': '/live/measurements',
    'signup.form': '/sign-up',
    'signup.send': '/sign-up',
    'links.new': '/links',
    'links.open': '/links/:name',
    ...Object.fromEntries(features.map(({ name, path }) => [name, path])),
  },
  { secrets: randomBytes(32).toString('hex') },
)
