// Cache-Control = #( token [ "=" ( token / quoted-string ) ] ) (RFC 9111 §5.2)
const MEMBER =
  /[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"[\t !\x23-\x5b\x5d-\x7e]*"))?[ \t]*(?:,|$)/y

/** Whether a text is a list of cache directives. */
export function isCacheControl(value: string): boolean {
  MEMBER.lastIndex = 0
  do {
    if (!MEMBER.test(value)) return false
  } while (MEMBER.lastIndex < value.length)
  return !value.trimEnd().endsWith(',')
}
