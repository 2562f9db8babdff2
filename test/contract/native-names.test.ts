import { expect } from 'chai'
import { type Framework, frameworks, listen } from '../support/frameworks.js'
import { request } from '../support/request.js'

/** Every method that a target inherits. Accessors that refuse are left out, and so is `app`, which differs in each app. */
function functionsOf(target: object): Map<string, unknown> {
  const found = new Map<string, unknown>()
  for (
    let level = Object.getPrototypeOf(target);
    level !== Object.prototype && level !== null;
    level = Object.getPrototypeOf(level)
  ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      try {
        const value: unknown = Reflect.get(target, name)
        if (typeof value === 'function' && name !== 'app' && !Object.hasOwn(target, name)) found.set(name, value)
      } catch {}
    }
  }
  return found
}

async function seenBy(framework: Framework, kit: Record<string, never> | false): Promise<Map<string, unknown>> {
  let seen = new Map<string, unknown>()
  const app = await listen(
    framework.createListener(
      (target, { native }) => {
        seen = functionsOf(target)
        if (native.ctx === undefined) native.res.end()
        else native.ctx.body = ''
      },
      { kit },
      [],
    ),
  )
  await request(app.port)
  await app.close()
  return seen
}

describe('names a framework has already', () => {
  const supersets: Record<Framework['name'], readonly string[]> = {
    express4: ['download', 'render', 'setHeaders'],
    express5: ['download', 'render', 'setHeaders'],
    koa2: [],
    koa3: ['back'],
  }
  for (const framework of frameworks) {
    it(`${framework.name}: the kit changes ${supersets[framework.name].join(' and ') || 'none'}, and adds the rest`, async () => {
      const without = await seenBy(framework, false)
      const withKit = await seenBy(framework, {})
      const changed = [...without].filter(([name, value]) => withKit.get(name) !== value).map(([name]) => name)
      expect(changed.sort()).to.deep.equal(supersets[framework.name])
      expect([...withKit.keys()]).to.include.members([...without.keys(), 'setCookie', 'redirectTo', 'html'])
      expect([...without.keys()]).not.to.include.members(['setCookie'])
    })
  }
})
