import { type Channel, type ChannelOptions, channel } from '../../src/index.js'
import { EventBrowser } from './event-browser.js'

interface ChannelsOfTest {
  /** A channel, which is closed after the test. */
  create(options?: ChannelOptions): Channel
  /** Closes something after the test. */
  keep<Kept extends { close(): Promise<void> }>(made: Kept): Kept
  /** A browser that listens, and leaves after the test. */
  visit(port: number, path?: string, lastId?: string): EventBrowser
}

/** The channels and browsers of each test of a block. */
export function channelsOfTest(): ChannelsOfTest {
  const open: { close(): Promise<void> }[] = []
  const browsers: EventBrowser[] = []
  afterEach(async () => {
    for (const browser of browsers.splice(0)) browser.leave()
    await Promise.all(open.splice(0).map((each) => each.close()))
  })
  const keep: ChannelsOfTest['keep'] = (made) => {
    open.push(made)
    return made
  }
  return {
    keep,
    create: (options = {}) => keep(channel(options)),
    visit(port, path = '/', lastId = '') {
      const browser = new EventBrowser()
      browser.lastId = lastId
      browser.connect(port, path)
      browsers.push(browser)
      return browser
    },
  }
}
