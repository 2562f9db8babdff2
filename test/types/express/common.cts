import express = require('express')
import kit = require('response-kit')
import expressKit = require('response-kit/express')

const app = express()
app.use(expressKit.responseKit())
app.get(
  '/',
  (_req, res) => void res.setStatus(404).text(String(new kit.ResponseKitError('NOT_CONFIGURED', 'x').status)),
)
// @ts-expect-error from CommonJS too
expressKit.responseKit({ unknown: true })
