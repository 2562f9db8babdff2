import { OutgoingMessage, ServerResponse } from 'node:http'

/** Whether what is written goes to the socket as it is: no middleware has put its own `write` or `end` in between. */
export function isPlainResponse(stream: object): stream is ServerResponse {
  return (
    stream instanceof ServerResponse &&
    stream.write === OutgoingMessage.prototype.write &&
    stream.end === OutgoingMessage.prototype.end
  )
}
