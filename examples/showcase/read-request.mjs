import { validateHeaderName, validateHeaderValue } from 'node:http'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** What the page's editor holds: a method, a field a line, a body. Bad input is an error whose text is for the reader. */
export function readRequest(feature, { method, fields = '', body = '' }) {
  if (!METHODS.includes(method)) throw refusal(`the method must be one of ${METHODS.join(', ')}`)
  const lines = String(fields)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(readField)
  const text = method === 'GET' || method === 'HEAD' ? '' : String(body)
  return { method, path: feature.path, lines, body: text }
}

function readField(line) {
  const colon = line.indexOf(':')
  const name = line.slice(0, colon).trim()
  const value = line.slice(colon + 1).trim()
  if (colon < 1) throw refusal(`'${line}' is no field: write Name: value`)
  if (/^(?:transfer-encoding|content-length|connection|upgrade|expect)$/i.test(name)) {
    throw refusal(`${name} belongs to the connection, which this page makes itself`)
  }
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
  } catch (error) {
    throw refusal(error.message)
  }
  return [name, value]
}

function refusal(message) {
  return Object.assign(new RangeError(message), { status: 400, expose: true })
}

/** What the editor holds at first. */
export function initialRequest({ method = 'GET', ask = {}, form }) {
  const fields = Object.entries(ask.headers ?? {}).map(([name, value]) => `${name}: ${value}`)
  if (form) fields.push('Content-Type: application/x-www-form-urlencoded')
  const body = form ? new URLSearchParams({ [form.field]: form.value, __back: '/#redirects' }).toString() : ''
  return { method, fields: fields.join('\n'), body }
}
