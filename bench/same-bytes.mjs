import { deepStrictEqual } from 'node:assert/strict'
import http from 'node:http'

/** Asks each contender once and throws if one answers otherwise than the first did. */
export function createSameBytesCheck({ comparesBody = true, commonBody = (body) => body }) {
  let first
  return async ({ name }, origin) => {
    const answer = await ask(origin, comparesBody && commonBody)
    first ??= { name, answer }
    deepStrictEqual(answer, first.answer, `${name} does not answer what ${first.name} answers`)
  }
}

/** The status, the body and the fields that say what it is; not what a framework says about itself. */
async function ask(origin, commonBody) {
  const response = await new Promise((resolve, reject) =>
    http.get(origin, { agent: false }, resolve).on('error', reject),
  )
  const { statusCode, headers } = response
  const body = Buffer.concat(await response.toArray()).toString()
  return {
    status: statusCode,
    location: headers.location,
    cookies: headers['set-cookie']?.map((line) => line.toLowerCase().split('; ').sort().join('; ')),
    ...(commonBody && { type: headers['content-type']?.split(';', 1)[0], body: commonBody(body) }),
  }
}
