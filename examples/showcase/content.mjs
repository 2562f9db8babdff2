import { setTimeout as delay } from 'node:timers/promises'

/** What the handlers send, with the kit and without it. */
export const planets = [
  { name: 'Mercury', moons: 0 },
  { name: 'Mars', moons: 2 },
  { name: 'Neptune', moons: 16 },
]

export async function* launch() {
  yield { event: 'status', id: '1', data: 'fuelled' }
  await delay(120)
  yield { event: 'status', id: '2', data: { countdown: 3 } }
}

export async function* countdown() {
  for (let count = 5; count > 0; count--) {
    yield `${count}\n`
    await delay(120)
  }
  yield 'lift-off\n'
}
