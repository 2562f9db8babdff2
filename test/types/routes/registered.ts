import express from 'express'
import { created, defineRoutes, group } from 'response-kit'
import { responseKit } from 'response-kit/express'

const routes = defineRoutes({
  home: '/',
  'users.home': '/dashboard/:userId',
  ...group('admin', '/admin', { report: '/reports/:year{/:month}' }),
})
declare module 'response-kit' {
  interface Register {
    routes: typeof routes
  }
}

const app = express().use(responseKit({ routes }))
app.get(routes.path('users.home'), async (_req, res) => {
  await res.redirectTo('home')
  await res.redirectTo('users.home', { userId: 1 }, { query: { mode: 'preview' } })
  res.route('admin.report', { year: 2021 })
  res.route('admin.report', { year: 2021, month: '01' })
  routes.url('home')
  await res.created('users.home', { userId: 1 }, { id: 1 })
  await res.created(`/users/${_req.params.userId}`, undefined, { id: 1 })
  await res.created('https://other.example/users/1')
  created('users.home', { userId: 1 }, { id: 1 }, { headers: { 'X-A': 'a' } })
  created('/users/1', undefined, 'made', { status: 202 })

  // @ts-expect-error an unknown name
  res.created('user.home', { userId: 1 })
  // @ts-expect-error a missing parameter
  created('users.home')
  // @ts-expect-error an unknown name
  res.redirectTo('user.home', { userId: 1 })
  // @ts-expect-error a missing parameter
  res.redirectTo('users.home')
  // @ts-expect-error a misspelt parameter
  res.redirectTo('users.home', { userid: 1 })
  // @ts-expect-error a parameter too many
  res.redirectTo('users.home', { userId: 1, tab: 2 })
  // @ts-expect-error a parameter the route has not
  res.route('home', { userId: 1 })
  // @ts-expect-error a required parameter beside an optional one
  res.route('admin.report', { month: '01' })
  // @ts-expect-error an unknown name
  routes.url('homes')
})
