const LIMIT = 64 * 1024

/** The fields of a urlencoded form; an empty record for any other request. */
export async function readForm(req) {
  if (!req.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return {}
  let text = ''
  for await (const chunk of req.setEncoding('utf8')) {
    text += chunk
    if (text.length > LIMIT) throw Object.assign(new Error('the form is too large'), { status: 413, expose: true })
  }
  return Object.fromEntries(new URLSearchParams(text))
}
