import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { request } from './request.js'

/** Asks for a long answer and then for a short one, which must come first. Resolves with the long one. */
export async function answeredBetween(port: number, longPath: string): Promise<string> {
  const order: string[] = []
  const long = request(port, { path: longPath }).then(({ text }) => {
    order.push('long')
    return text
  })
  await turn()
  await request(port).then(() => order.push('short'))
  const text = await long
  expect(order).to.deep.equal(['short', 'long'])
  return text
}
