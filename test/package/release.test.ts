import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'

const root = join(import.meta.dirname, '../..')
const { findProblems, releaseChangelog } = await import(join(root, 'scripts/release.mjs'))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const READY = {
  version: '1.2.0',
  changelog: '# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n### Added\n\n- A thing.\n',
  papers: { 'package.json': '"homepage": "https://kit.example.org"' },
  changes: '',
}

describe('scripts/release.mjs', () => {
  it('finds nothing wrong with a version that is ready, with the tag and without', () => {
    expect(findProblems(READY)).to.deep.equal([])
    expect(findProblems({ ...READY, tag: 'v1.2.0' })).to.deep.equal([])
  })

  for (const [what, change, message] of [
    ['a tag of another version', { tag: 'v1.2.1' }, /tag is 'v1\.2\.1'/],
    ['a text that is no version', { version: '1.2' }, /'1\.2' is no version/],
    ['a changed file', { changes: ' M src/index.ts\n' }, /not clean/],
    ['a version without a section', { version: '1.3.0' }, /no section '## \[1\.3\.0\]/],
    ['a section without a date', { changelog: READY.changelog.replace(' - 2026-12-01', '') }, /has no date/],
    ['a section without entries', { changelog: READY.changelog.replace('- A thing.\n', '') }, /has no entries/],
    [
      'entries that are not released',
      { changelog: READY.changelog.replace('[Unreleased]\n', '[Unreleased]\n\n- Another thing.\n') },
      /'Unreleased' has entries/,
    ],
    [
      'a placeholder as an address of the project',
      { papers: { 'package.json': '"homepage": "https://response-kit.example"' } },
      /package\.json: 'response-kit\.example' is a placeholder/,
    ],
    [
      'a placeholder as the place of its code',
      { papers: { 'README.md': 'git+https://github.example/a/b.git' } },
      /README\.md: 'github\.example' is a placeholder/,
    ],
    [
      'a placeholder as an address for letters',
      { papers: { 'SECURITY.md': 'security@response-kit.example' } },
      /SECURITY\.md: .+placeholder/,
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(findProblems({ ...READY, ...change }).join('\n')).to.match(message)
    })
  }

  it('gives the entries under "Unreleased" a version and a date, and leaves no entry there', () => {
    const before = '# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- A fault.\n\n## [1.1.0] - 2026-01-01\n\n- First.\n'
    const after = releaseChangelog(before, '1.2.0', '2026-12-01')
    expect(after).to.contain('## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n### Fixed\n\n- A fault.\n\n## [1.1.0]')
    expect(findProblems({ ...READY, changelog: after })).to.deep.equal([])
    expect(() => releaseChangelog(after, '1.2.0', '2026-12-01')).to.throw('already')
  })
})

describe('the papers of the package', () => {
  const pkg = JSON.parse(read('package.json'))

  it('package.json says who, where, and how it is published', () => {
    expect(pkg.publishConfig).to.deep.equal({ access: 'public', provenance: true })
    expect(pkg.repository.type).to.equal('git')
    expect(pkg.author).to.match(/^.+ <.+@.+>$/)
    const repository = pkg.repository.url.replace(/^git\+(.+)\.git$/, '$1')
    expect(pkg.bugs.url).to.equal(`${repository}/issues`)
    expect(pkg.homepage).to.match(/^https:/)
    expect(pkg.scripts.prepublishOnly).to.equal('node scripts/release.mjs --papers')
  })

  it('CHANGELOG.md has the form of Keep a Changelog: known headings, each section with a date', () => {
    const headings = [...read('CHANGELOG.md').matchAll(/^##+ .*$/gm)].map(([heading]) => heading)
    expect(headings[0]).to.equal('## [Unreleased]')
    for (const heading of headings.slice(1)) {
      expect(heading).to.match(
        /^## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$|^### (?:Added|Changed|Deprecated|Removed|Fixed|Security)$/,
      )
    }
  })

  it('the workflows test every version of Node.js and every system, and publish with provenance', () => {
    const test = read('.github/workflows/test.yml')
    expect(test).to.contain('node: [20, 22, 24, 26]')
    expect(test).to.contain('system: [ubuntu-latest, macos-latest, windows-latest]')
    const release = read('.github/workflows/release.yml')
    expect(release).to.contain('id-token: write')
    expect(release).to.contain('npm publish --provenance')
    expect(release.indexOf('scripts/release.mjs')).to.be.within(0, release.indexOf('npm publish'))
  })

  it('the templates of issues and pull requests are there', () => {
    const files = readdirSync(join(root, '.github'), { recursive: true })
    expect(files).to.include.members([
      'dependabot.yml',
      'PULL_REQUEST_TEMPLATE.md',
      join('ISSUE_TEMPLATE', 'bug.yml'),
      join('ISSUE_TEMPLATE', 'feature.yml'),
    ])
    expect(read('CODE_OF_CONDUCT.md')).to.match(/conduct@/)
  })
})
