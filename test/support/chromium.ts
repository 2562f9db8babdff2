import { existsSync } from 'node:fs'
import type { Browser } from 'puppeteer-core'
import { isInstalled } from './is-installed.js'

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** Whether the tests with Chromium can run. */
export function hasChromium(what: string): boolean {
  return isInstalled('chromium', chromium !== undefined, what)
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
