// Writes the API report: all that the types of the built package (dist) promise, entry by entry, as text that a review can
// compare. `node scripts/api-report.mjs [FOLDER]`; the folder defaults to test/package/api, where the test looks for it.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'
import { ENTRIES, typesOf } from './entries.mjs'

const root = join(import.meta.dirname, '..')

/** Writes NAME.api.md for each entry into `folder`. */
export function writeApiReports(folder) {
  mkdirSync(folder, { recursive: true })
  const temporary = mkdtempSync(join(tmpdir(), 'response-kit-api-'))
  try {
    for (const name of Object.keys(ENTRIES)) writeReport(name, join(root, typesOf(name)), folder, temporary)
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

function writeReport(name, types, reportFolder, reportTempFolder) {
  const silent = { default: { logLevel: 'none' } }
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: types,
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2023',
            lib: ['es2023', 'dom', 'dom.iterable'],
            module: 'nodenext',
            moduleResolution: 'nodenext',
            types: ['node'],
            typeRoots: [join(root, 'node_modules/@types')],
            strict: true,
            skipLibCheck: true,
          },
          files: [types],
        },
      },
      apiReport: { enabled: true, reportFileName: name, reportFolder, reportTempFolder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: silent,
        extractorMessageReporting: {
          ...silent,
          'ae-forgotten-export': { logLevel: 'warning', addToApiReportFile: true },
        },
        tsdocMessageReporting: silent,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  })
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true, // writes the report in place of comparing it
    messageCallback: (message) => {
      if (message.logLevel !== 'error') message.handled = true
    },
  })
  if (!succeeded) throw new Error(`the API report of '${name}' failed`)
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeApiReports(resolve(process.argv[2] ?? join(root, 'test/package/api')))
}
