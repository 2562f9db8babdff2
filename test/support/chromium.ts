import { existsSync } from 'node:fs'
import type { Browser } from 'puppeteer-core'

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** Whether the tests with Chromium can run. If not, a test says so; on CI it is an error. */
export function hasChromium(what: string): boolean {
  if (chromium !== undefined) return true
  if (process.env.CI) throw new Error(`chromium is not installed: ${what} would not be tested`)
  it(`is NOT tested: chromium is not installed (${what})`, function () {
    this.skip()
  })
  return false
}

/** One Chromium without a window. */
export async function startChromium(): Promise<Browser> {
  const { launch } = await import('puppeteer-core')
  return launch({
    executablePath: chromium ?? '',
    headless: true,
    pipe: true,
    // Chromium's sandbox does not run for root, and containers have a small /dev/shm.
    args: ['--no-sandbox', '--no-zygote', '--disable-dev-shm-usage', '--disable-gpu', '--renderer-process-limit=1'],
  })
}
