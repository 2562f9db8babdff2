/** JSON that can stand in a page: `<`, `>` and `&` are written as escapes of JSON. */
export function escapeJsonForHtml(text: string): string {
  return text.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
}
