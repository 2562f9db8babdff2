import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { switches } from '../src/shared/wire/switches.js'

// npm run test:plain: everything must hold without the tricks of src/shared/wire too.
if (process.env.RESPONSE_KIT_TRICKS === 'off') {
  for (const name of Object.keys(switches) as (keyof typeof switches)[]) switches[name] = false
}

// The AWS SDK warns of the end of its support for Node.js 20. Those who run the tests cannot act on it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

/** Warnings that tests provoke, by code or else by name. Tests that are about a warning listen for it themselves. */
const PROVOKED = new Set(['RESPONSE_KIT_SHORT_SECRET', 'RESPONSE_KIT_SIGNED_ONLY', 'DEP0066', 'UnsupportedWarning'])
const printers = process.listeners('warning')
process.removeAllListeners('warning')
process.on('warning', (warning) => {
  const code = 'code' in warning ? warning.code : undefined
  if (!PROVOKED.has(String(code ?? warning.name))) for (const print of printers) print.call(process, warning)
})

// A child process may load another text of the same file, and coverage would mix the two up.
delete process.env.NODE_V8_COVERAGE

/** Resources a test must give back: open files (Linux only: /proc) and sockets. */
function heldResources(): string[] {
  return [...openFiles(), ...process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap')]
}

function openFiles(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      // tsx, which compiles the tests, cleans its cache folder at a time of its own.
      const isPlainFile = target.startsWith('/') && !/^\/(?:dev|proc|sys)\/|\/tsx-\d+$/.test(target)
      return isPlainFile ? [target] : []
    } catch {
      return [] // closed between the two calls
    }
  })
}

const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

let before: string[] = []

export const mochaHooks = {
  beforeEach(): void {
    before = heldResources()
  },
  /** Every test fails on an unhandled rejection, a descriptor or a socket still open a second after it. */
  async afterEach(): Promise<void> {
    const deadline = Date.now() + 1000
    // Asked once a round: a file that opens between two questions would count as held for the whole second.
    let left = leaked(before)
    while (left.length > 0 && Date.now() < deadline) {
      await delay(10)
      left = leaked(before)
    }
    if (left.length > 0) throw new Error(`still open after the test: ${left.join(', ')}`)
    const rejection = unhandled.shift()
    if (rejection !== undefined) throw new Error('unhandled rejection', { cause: rejection })
  },
  /** What a test has left running keeps the process: that is a failure, and no run without end. */
  afterAll(): void {
    const fail = (): void => {
      console.error(`the process does not end: ${process.getActiveResourcesInfo().join(', ')}`)
      process.once('exit', () => {
        process.exitCode = 1 // after mocha, which sets it to the number of failed tests
      })
      process.exit()
    }
    setTimeout(fail, 60_000).unref()
  },
}

function leaked(baseline: readonly string[]): string[] {
  const rest = [...baseline]
  return heldResources().filter((each) => {
    const index = rest.indexOf(each)
    if (index >= 0) rest.splice(index, 1)
    return index < 0
  })
}
