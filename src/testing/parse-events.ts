/** An event as a browser dispatches it. */
export interface ReceivedEvent {
  readonly event: string
  readonly data: string
  readonly id: string
  readonly retry: number | undefined
}

/** Parses a finished event stream (HTML §9.2.6). An event without data, or one that is cut off at the end, does not count. */
export function parseEvents(text: string): ReceivedEvent[] {
  const events: ReceivedEvent[] = []
  let event = ''
  let data: string[] = []
  let id = ''
  let retry: number | undefined
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  lines.pop() // the text after the last line end is no line
  for (const line of lines) {
    if (line === '') {
      if (data.length > 0) events.push({ event: event || 'message', data: data.join('\n'), id, retry })
      event = ''
      data = []
      retry = undefined
      continue
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') event = value
    else if (field === 'data') data.push(value)
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^\d+$/.test(value)) retry = Number(value)
  }
  return events
}
