import express = require('express')
import kit = require('response-kit')
import expressKit = require('response-kit/express')

const routes = kit.defineRoutes({ home: '/', 'users.home': '/dashboard/:userId' })
declare module 'response-kit' {
  interface Register {
    routes: typeof routes
  }
}

const app = express()
app.use(expressKit.responseKit({ routes }))
app.get(routes.path('users.home'), (_req, res) => {
  res.redirectTo('users.home', { userId: 1 })
  // @ts-expect-error an unknown name
  res.redirectTo('user.home', { userId: 1 })
  // @ts-expect-error a misspelt parameter
  res.redirectTo('users.home', { userid: 1 })
})
