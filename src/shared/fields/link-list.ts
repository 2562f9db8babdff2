// Link = #( "<" URI-Reference ">" *( OWS ";" OWS [ link-param ] ) ) (RFC 8288 §3), split with the brackets and quotes
// in mind: a comma may stand within either. The parts between are disjoint, so that reading is linear.
const MEMBER = /[ \t]*(<[^>]*>(?:[^",]|"(?:[^"\\]|\\.)*")*),?/y

/** The links of a Link value; what follows a malformed one is left out. */
export function parseLinkList(value: string): string[] {
  const links: string[] = []
  MEMBER.lastIndex = 0
  while (MEMBER.lastIndex < value.length) {
    const link = MEMBER.exec(value)?.[1]
    if (link === undefined) break
    links.push(link.trimEnd())
  }
  return links
}
