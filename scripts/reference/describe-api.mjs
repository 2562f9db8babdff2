import './typescript-for-typedoc.mjs'

const { Comment, ReflectionKind } = await import('typedoc')

const textOf = (comment) =>
  comment === undefined ? '' : Comment.combineDisplayParts(comment.summary).replaceAll(/\s+/g, ' ').trim()
const tagOf = (comment, tag) => comment?.blockTags.find((each) => each.tag === tag)

/**
 * What the docs and their tests ask of the API, as plain values:
 * `anchorOf` gives the anchor of its heading. The values: `entries` (each export), `methods` (each of a response), `calls` (each signature), `options` (of each type, by its name).
 */
export function describeApi(project, anchorOf) {
  const exported = project.children.flatMap((page) => page.children.map((each) => ({ page: page.name, each })))
  const entries = exported.map(({ page, each }) => ({
    name: each.name,
    kind: ReflectionKind.singularString(each.kind),
    page,
    anchor: anchorOf(each),
    text: textOf(each.comment ?? each.signatures?.[0]?.comment),
  }))
  const members = exported.flatMap(({ page, each }) =>
    membersOf(each).map((member) => ({ page, owner: each.name, member })),
  )
  return {
    entries,
    methods: members
      .filter(({ page, member }) => page === 'methods' && member.kindOf(ReflectionKind.Method))
      .map(({ page, member }) => ({ name: member.name, page, anchor: anchorOf(member) })),
    calls: [
      ...exported
        .filter(({ each }) => each.kindOf(ReflectionKind.Function))
        .flatMap(({ page, each }) => callsOf(page, each)),
      ...members.flatMap(({ page, owner, member }) => callsOf(page, member, owner)),
    ],
    options: describeTypes(exported),
  }
}

/** Two entries of the package may have a type of one name: the later one is `express.VerifySignedUrlOptions`, by its page. */
function describeTypes(exported) {
  const types = {}
  for (const { page, each } of exported) {
    const properties = membersOf(each).filter((member) => member.kindOf(ReflectionKind.Property))
    if (properties.length === 0) continue
    types[each.name in types ? `${page}.${each.name}` : each.name] = properties.map(describeOption)
  }
  return types
}

const membersOf = (declaration) =>
  (declaration.children ?? declaration.type?.declaration?.children ?? []).filter(
    (each) => each.inheritedFrom === undefined || each.kindOf(ReflectionKind.Property),
  )

function callsOf(page, declaration, owner) {
  const signatures = [...(declaration.signatures ?? []), declaration.getSignature, declaration.setSignature]
  return signatures
    .filter((signature) => signature !== undefined)
    .map((signature) => ({
      name: owner === undefined ? declaration.name : `${owner}.${declaration.name}`,
      page,
      kind: ReflectionKind.singularString(signature.kind),
      text: textOf(signature.comment),
      tags: (signature.comment?.blockTags ?? []).map(({ tag }) => tag),
      parameters: (signature.parameters ?? []).map((each) => ({ name: each.name, text: textOf(each.comment) })),
    }))
}

function describeOption(property) {
  const byDefault = tagOf(property.comment, '@defaultValue')
  return {
    name: property.name,
    type: typeText(property),
    isOptional: property.flags.isOptional,
    text: textOf(property.comment),
    default: byDefault === undefined ? undefined : Comment.combineDisplayParts(byDefault.content),
  }
}

/** The type as a guide shows it: without what only a compiler asks for. */
function typeText(property) {
  // A type parameter says nothing to the reader; what it may be does.
  const parameter = property.parent?.typeParameters?.find(({ name }) => name === String(property.type))
  return String(parameter?.type ?? property.type)
    .replaceAll('"', "'")
    .replaceAll(/\breadonly /g, '')
    .replaceAll(/ \| undefined\b|\bundefined \| /g, '')
    .replaceAll(' & {}', '')
    .replaceAll('[Name in string]', '[name: string]')
    .replaceAll(/Readonly<(Record<.*>)>/g, '$1')
}
