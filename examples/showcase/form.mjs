const LIMIT = 64 * 1024

/** The fields of a form or the members of a JSON object; an empty record for any other request. */
export async function readForm(req) {
  const type = req.headers['content-type'] ?? ''
  const isForm = type.startsWith('application/x-www-form-urlencoded')
  if (!isForm && !type.startsWith('application/json')) return {}
  let text = ''
  for await (const chunk of req.setEncoding('utf8')) {
    text += chunk
    if (text.length > LIMIT) throw Object.assign(new Error('the form is too large'), { status: 413, expose: true })
  }
  return isForm ? Object.fromEntries(new URLSearchParams(text)) : parseObject(text)
}

function parseObject(text) {
  try {
    return Object(JSON.parse(text))
  } catch (error) {
    throw Object.assign(error, { status: 400, expose: true })
  }
}
