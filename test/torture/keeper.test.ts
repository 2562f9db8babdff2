import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { listen } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { contentOf } from './content.js'
import { Keeper } from './keeper.js'
import { kinds } from './kinds.js'
import { type Plan, planUrl, readPlan } from './plan.js'

const plan: Plan = { kind: 'bytes', fault: 'none', seed: 1, size: 1000 }

describe('torture: what middleware keeps', () => {
  for (const [title, isUsedAgain] of [
    ['is compared when the answer has been sent', false],
    ['is wrong if its memory is used again', true],
  ] as const) {
    it(title, async () => {
      const errors: Error[] = []
      const keeper = new Keeper(
        ({ url }) => readPlan(url ?? ''),
        ({ kind }) => kinds.find(({ name }) => name === kind),
        (error) => errors.push(error),
      )
      const app = await listen((req, res) => {
        keeper.onExpress(req, res, () => {
          const first = contentOf(1, 0, 400)
          res.write(first, () => {
            if (isUsedAgain) first.fill(0)
            res.end(contentOf(1, 400, 600))
          })
        })
      })
      const { body } = await request(app.port, { path: planUrl(plan) })
      expect(body.equals(contentOf(1, 0, 1000))).to.equal(true)
      await turn()
      await app.close()
      expect(errors.map(({ name }) => name)).to.deep.equal(isUsedAgain ? ['WrongKeptBytes'] : [])
    })
  }
})
