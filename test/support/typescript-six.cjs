// TypeScript 7 has no API in JavaScript. Programs that need one get version 6, the one that API Extractor brings.
const Module = require('node:module')
const { dirname } = require('node:path')

const paths = [dirname(require.resolve('@microsoft/api-extractor/package.json'))]
const resolve = Module._resolveFilename

Module._resolveFilename = function (request, parent, isMain, options) {
  const isTypeScript = /^typescript(?:\/|$)/.test(request)
  return resolve.call(this, request, parent, isMain, isTypeScript ? { paths } : options)
}
