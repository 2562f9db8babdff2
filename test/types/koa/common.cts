import Koa = require('koa')
import kit = require('response-kit')
import koaKit = require('response-kit/koa')

const app = new Koa()
app.use(koaKit.responseKit())
app.use((ctx) => void ctx.setStatus(404).text(String(new kit.ResponseKitError('NOT_CONFIGURED', 'x').status)))
// @ts-expect-error from CommonJS too
koaKit.responseKit({ unknown: true })
