import { expect } from 'chai'
import { contract } from '../support/contract.js'
import type { HandlerRequest } from '../support/frameworks.js'

/** What `save` of a session may be. Each one notes that it has been called, and when it has stored. */
const SAVES: Readonly<Record<string, (steps: string[]) => (...given: any[]) => unknown>> = {
  'without a callback, as of cookie-session 1': (steps) =>
    function save() {
      steps.push('stored')
    },
  'that gives a promise, as of iron-session': (steps) =>
    async function save() {
      await new Promise(setImmediate)
      steps.push('stored')
    },
  'with a callback': (steps) =>
    function save(done: () => void) {
      setImmediate(() => {
        steps.push('stored')
        done()
      })
    },
}

function giveSession({ native: { req, ctx } }: HandlerRequest, session: object): void {
  // As iron-session 6 and cookie-session do.
  Object.defineProperty(ctx ?? req, 'session', { get: () => session, configurable: true })
}

contract('a redirect and a session of another package', ({ answer }) => {
  for (const [title, createSave] of Object.entries(SAVES)) {
    const goes = async (leave: (target: any, session: Record<string, unknown>) => unknown): Promise<string[]> => {
      const steps: string[] = []
      const { status, headers } = await answer(async (target, given) => {
        const session = Object.defineProperty({ user: 'Ann' }, 'save', { value: createSave(steps) })
        giveSession(given, session)
        await leave(target, session)
        steps.push('answered')
      })
      expect([status, headers.location]).to.deep.equal([302, '/next'])
      return steps
    }

    it(`save() ${title}: is not called for what the kit has not changed`, async () => {
      expect(await goes((target) => target.redirectLocal('/next'))).to.deep.equal(['answered'])
      const changed = await goes((target, session) => {
        session.user = 'Bob'
        return target.redirectLocal('/next')
      })
      expect(changed).to.deep.equal(['answered'])
    })

    it(`save() ${title}: stores what the kit leaves, before the redirect`, async () => {
      const steps = await goes((target) => target.withFlash({ message: 'saved' }).redirectLocal('/next'))
      expect(steps).to.deep.equal(['stored', 'answered'])
    })
  }
})
