import { escapeHtml } from '../../fields/html-text.js'
import type { ProblemDetails } from '../problem.js'

/** Problem details as a page, for a client that prefers HTML. */
export function problemPage({ status, title, detail, stack }: ProblemDetails): string {
  const heading = escapeHtml(title === undefined ? `${status}` : `${status} ${title}`)
  const lines = Array.isArray(stack) ? `<pre>${escapeHtml(stack.join('\n'))}</pre>\n` : ''
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${heading}</title></head>
<body>
<h1>${heading}</h1>
${detail === undefined ? '' : `<p>${escapeHtml(detail)}</p>\n`}${lines}</body>
</html>
`
}
