import type { Response } from 'koa'

/**
 * Keeps the `Content-Length: 0` of a 205, which says that it has no content (RFC 9110 §15.3.6). Koa removes the field just
 * before it ends the response. Node would then end the connection with the response.
 */
export function keepLengthOfResetContent(response: Response): void {
  response.remove = function removeOther(name) {
    const isKept = this.status === 205 && name.toLowerCase() === 'content-length' // an error may have replaced the 205
    if (!isKept) Object.getPrototypeOf(this).remove.call(this, name)
  }
}

/** For a response that is no longer a 205. */
export function releaseLength(response: Response): void {
  if (Object.hasOwn(response, 'remove')) Reflect.deleteProperty(response, 'remove')
}
