// Cookies per call, on real responses, without a socket: node bench/cookies.mjs (after npm run build).
// Contenders take turns, and the median of the rounds counts; ratios are what to read, not the nanoseconds.
import { createHmac } from 'node:crypto'
import http from 'node:http'
import { stringifySetCookie } from 'cookie'
import cookieParser from 'cookie-parser'
import cookieSignature from 'cookie-signature'
import express from 'express'
import Koa from 'koa'
import { responseKit as expressKit } from '../dist/esm/express.js'
import { responseKit as koaKit } from '../dist/esm/koa.js'
import { importSource } from './frame/source.mjs'

const ROUNDS = 15
const CALLS = 20_000
const SECRET = 'a secret of at least thirty-two bytes'
const { seal, unseal, deriveSealingKeys } = await importSource('src/shared/cookies/encrypted.ts')
const { signText, verifyText } = await importSource('src/shared/cookies/signed.ts')

const seconds = { maxAge: 86_400, httpOnly: true, secure: true, sameSite: 'lax' }
const milliseconds = { ...seconds, maxAge: 86_400_000 }
const cookieHeader = Array.from({ length: 20 }, (_, index) => `name${index}=value%20${index}`).join('; ')

function exchange() {
  const req = new http.IncomingMessage(null)
  req.headers = { host: 'example.com', cookie: cookieHeader }
  req.method = 'GET'
  req.url = '/'
  return { req, res: new http.ServerResponse(req) }
}

function expressResponse(middleware) {
  const app = express()
  const { req, res } = exchange()
  Object.setPrototypeOf(req, app.request)
  Object.setPrototypeOf(res, app.response)
  Object.assign(req, { res })
  Object.assign(res, { req, locals: {} })
  middleware?.(req, res, () => {})
  return { req, res }
}

function koaContext(middleware) {
  const app = new Koa()
  const { req, res } = exchange()
  req.socket = { encrypted: true }
  const ctx = app.createContext(req, res)
  middleware?.(ctx, () => Promise.resolve())
  return ctx
}

const plainExpress = expressResponse().res
const kitExpress = expressResponse(expressKit()).res
const plainKoa = koaContext()
const kitKoa = koaContext(koaKit())
const parser = cookieParser()
const keys = deriveSealingKeys([SECRET])
const value = 'x'.repeat(100)
const signed = signText(value, [SECRET])
const sealed = seal('sid', value, keys)
const long = 'x'.repeat(1024)
const longSealed = seal('sid', long, keys)

const groups = {
  'three cookies': {
    'stringifySetCookie alone': () => {
      stringifySetCookie('sid', 'abcdef0123456789', seconds)
      stringifySetCookie('theme', 'dark', seconds)
      stringifySetCookie('lang', 'en-GB', seconds)
    },
    'res.cookie': () => {
      plainExpress.removeHeader('Set-Cookie')
      plainExpress.cookie('sid', 'abcdef0123456789', milliseconds)
      plainExpress.cookie('theme', 'dark', milliseconds)
      plainExpress.cookie('lang', 'en-GB', milliseconds)
    },
    'ctx.cookies.set': () => {
      plainKoa.res.removeHeader('Set-Cookie')
      plainKoa.cookies.set('sid', 'abcdef0123456789', milliseconds)
      plainKoa.cookies.set('theme', 'dark', milliseconds)
      plainKoa.cookies.set('lang', 'en-GB', milliseconds)
    },
    'setCookie (Express)': () => {
      kitExpress.removeHeader('Set-Cookie')
      kitExpress.setCookie('sid', 'abcdef0123456789', seconds)
      kitExpress.setCookie('theme', 'dark', seconds)
      kitExpress.setCookie('lang', 'en-GB', seconds)
    },
    'setCookie (Koa)': () => {
      kitKoa.res.removeHeader('Set-Cookie')
      kitKoa.setCookie('sid', 'abcdef0123456789', seconds)
      kitKoa.setCookie('theme', 'dark', seconds)
      kitKoa.setCookie('lang', 'en-GB', seconds)
    },
  },
  'three cookies, attributes as literals': {
    'stringifySetCookie alone': () => {
      stringifySetCookie('sid', 'abcdef0123456789', { maxAge: 86_400, httpOnly: true, secure: true, sameSite: 'lax' })
      stringifySetCookie('theme', 'dark', { maxAge: 86_400, path: '/' })
      stringifySetCookie('lang', 'en-GB', {})
    },
    'setCookie (Express)': () => {
      kitExpress.removeHeader('Set-Cookie')
      kitExpress.setCookie('sid', 'abcdef0123456789', { maxAge: 86_400, httpOnly: true, secure: true, sameSite: 'lax' })
      kitExpress.setCookie('theme', 'dark', { maxAge: 86_400, path: '/' })
      kitExpress.setCookie('lang', 'en-GB')
    },
  },
  'one of twenty cookies of a request': {
    'cookie-parser': () => {
      const req = { headers: { cookie: cookieHeader } }
      parser(req, undefined, () => {})
      return req.cookies.name10
    },
    getCookie: () => {
      kitExpressExchange.requestCookies = undefined
      return kitExpress.getCookie('name10')
    },
  },
  signing: {
    'cookie-signature sign': () => cookieSignature.sign(value, SECRET),
    signText: () => signText(value, [SECRET]),
    'cookie-signature unsign': () => cookieSignature.unsign(signed, SECRET),
    verifyText: () => verifyText(signed, [SECRET]),
  },
  encryption: {
    'createHmac of the value': () => createHmac('sha256', SECRET).update(value).digest('base64'),
    seal: () => seal('sid', value, keys),
    unseal: () => unseal('sid', sealed, keys),
  },
  'encryption of 1 KB': {
    'createHmac of the value': () => createHmac('sha256', SECRET).update(long).digest('base64'),
    seal: () => seal('sid', long, keys),
    unseal: () => unseal('sid', longSealed, keys),
  },
}

const kitExpressExchange =
  kitExpress[Object.getOwnPropertySymbols(kitExpress).find((each) => /kit/.test(each.description))]

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
for (const [title, contenders] of Object.entries(groups)) {
  const times = new Map(Object.keys(contenders).map((name) => [name, []]))
  for (let round = -3; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const start = process.hrtime.bigint()
      for (let call = 0; call < CALLS; call++) run()
      if (round >= 0) times.get(name).push(Number(process.hrtime.bigint() - start) / CALLS)
    }
  }
  console.log(`\n${title}`)
  const first = median([...times.values()][0])
  for (const [name, each] of times) {
    const ns = median(each)
    console.log(`  ${name.padEnd(28)}${ns.toFixed(0).padStart(8)} ns  x${(ns / first).toFixed(2)}`)
  }
}
