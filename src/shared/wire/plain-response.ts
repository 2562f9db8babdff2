import { ServerResponse } from 'node:http'

const { write } = ServerResponse.prototype

/** Whether nothing stands between this destination and its socket, such as compression, HTTP/2 or a tool that watches. */
export function isPlainResponse(destination: object): destination is ServerResponse {
  return destination instanceof ServerResponse && destination.write === write
}
