// What stands between a commit and npm.
//
//   node scripts/release.mjs --prepare 0.3.0   gives package.json the version, and the entries under "Unreleased" a date
//   node scripts/release.mjs --papers          checks version, changelog, addresses and the clean tree (npm publish runs it)
//   node scripts/release.mjs [--tag v0.3.0]    checks these, then style, types, package and tests, then a dry run of npm publish
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = join(import.meta.dirname, '..')

/** Files with addresses that users write to. */
const ADDRESSED = ['package.json', 'README.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md']

/** Names that lead nowhere (RFC 2606, RFC 6761), in an address of the project itself. */
const PLACEHOLDER = /\bresponse-kit\.example\b|\bgithub\.example\b/

const VERSION = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/

const UNRELEASED = '## [Unreleased]'

/**
 * Why this must not be published yet.
 *
 * @param {{ version: string, changelog: string, papers: Record<string, string>, changes: string, tag?: string | undefined }} state
 *   `papers`: text by file; `changes`: what `git status --porcelain` prints.
 * @returns {string[]}
 */
export function findProblems({ version, changelog, papers, changes, tag }) {
  const problems = []
  if (!VERSION.test(version)) problems.push(`package.json: '${version}' is no version`)
  if (tag !== undefined && tag !== `v${version}`) problems.push(`the tag is '${tag}', package.json says '${version}'`)
  problems.push(...changelogProblems(version, changelog))
  for (const [file, text] of Object.entries(papers)) {
    const found = PLACEHOLDER.exec(text)
    if (found !== null) problems.push(`${file}: '${found[0]}' is a placeholder; write the real address`)
  }
  if (changes.trim() !== '') problems.push(`the tree is not clean:\n${changes.trimEnd()}`)
  return problems
}

/** The form is that of Keep a Changelog. */
function changelogProblems(version, changelog) {
  const sections = changelog.split(/^(?=## )/m).slice(1)
  const released = sections.find((section) => section.startsWith(`## [${version}]`))
  const problems = []
  if (!sections[0]?.startsWith(UNRELEASED)) problems.push(`CHANGELOG.md: the first section must be '${UNRELEASED}'`)
  else if (/^[-*] /m.test(sections[0])) problems.push(`CHANGELOG.md: 'Unreleased' has entries; run --prepare VERSION`)
  if (released === undefined) return [...problems, `CHANGELOG.md: there is no section '## [${version}] - DATE'`]
  if (!/^## \[[^\]]+\] - \d{4}-\d{2}-\d{2}\n/.test(released)) problems.push(`CHANGELOG.md: ${version} has no date`)
  if (!/^- /m.test(released)) problems.push(`CHANGELOG.md: ${version} has no entries`)
  return problems
}

/** Moves the entries under "Unreleased" to a section of the version. */
export function releaseChangelog(changelog, version, date) {
  if (!changelog.includes(`${UNRELEASED}\n`)) throw new Error(`CHANGELOG.md has no section '${UNRELEASED}'`)
  if (changelog.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md has a section for ${version} already`)
  return changelog.replace(`${UNRELEASED}\n`, `${UNRELEASED}\n\n## [${version}] - ${date}\n`)
}

const read = (file) => readFileSync(join(root, file), 'utf8')

function run(program, ...args) {
  const command = [program, ...args].join(' ')
  console.log(`> ${command}`)
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  if (error !== undefined) throw error
  if (status === 0) return
  console.error(`This must not be published yet:\n- '${command}' fails`)
  process.exit(1)
}

function prepare(version) {
  if (!VERSION.test(version)) throw new Error(`'${version}' is no version`)
  writeFileSync(
    join(root, 'CHANGELOG.md'),
    releaseChangelog(read('CHANGELOG.md'), version, new Date().toISOString().slice(0, 10)),
  )
  run('npm', 'version', version, '--no-git-tag-version')
}

function checkPapers(tag) {
  const problems = findProblems({
    version: JSON.parse(read('package.json')).version,
    changelog: read('CHANGELOG.md'),
    papers: Object.fromEntries(ADDRESSED.map((file) => [file, read(file)])),
    changes: execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }),
    tag,
  })
  if (problems.length === 0) return
  console.error(['This must not be published yet:', ...problems.map((problem) => `- ${problem}`)].join('\n'))
  process.exit(1)
}

function optionOf(option) {
  const index = process.argv.indexOf(option)
  return index < 0 ? undefined : process.argv[index + 1]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const version = optionOf('--prepare')
  if (version !== undefined) prepare(version)
  else {
    checkPapers(optionOf('--tag'))
    if (!process.argv.includes('--papers')) {
      for (const script of ['lint', 'types', 'check:package', 'test']) run('npm', 'run', script)
      run('npm', 'publish', '--dry-run')
    }
  }
}
