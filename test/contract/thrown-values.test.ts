import { expect } from 'chai'
import { contract } from '../support/contract.js'

contract('what is thrown and is no error', ({ serve, askForError }) => {
  for (const [kind, thrown] of [
    ['an object without a prototype', Object.create(null)],
    ['a Proxy that answers nothing', refusingProxy()],
    ['undefined', undefined],
  ] as const) {
    it(`is reported once where a file's source throws ${kind} after its first bytes`, async () => {
      const reported: Error[] = []
      const source = async function* () {
        yield Buffer.from('a')
        throw thrown
      }
      const app = await serve((target) => target.file({ size: 3, read: source }), {
        kit: { onError: (error) => void reported.push(error) },
      })
      await askForError(app).then(
        () => expect.fail('a cut body looked whole'),
        () => {},
      )
      expect(reported.map((error) => (error as { code?: string }).code)).to.deep.equal(['SOURCE_FAILED'])
    })

    it(`is one error of the framework where a source throws ${kind}`, async () => {
      const app = await serve((target) =>
        target.streaming(() => {
          throw thrown
        }),
      )
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors.map((error) => (error as { code?: string }).code)).to.deep.equal(['SOURCE_FAILED'])
    })
  }

  it('survives a task after sending that throws an object without a prototype', async () => {
    let tell: (error: Error) => void = () => {}
    const told = new Promise<Error>((resolve) => {
      tell = resolve
    })
    const app = await serve(
      (target) =>
        void target
          .afterSend(() => {
            throw Object.create(null)
          })
          .text('sent'),
      { kit: { onError: (error) => tell(error) } },
    )
    expect((await askForError(app)).status).to.equal(200)
    expect(await told).to.have.property('code', 'SOURCE_FAILED')
  })
})
function refusingProxy(): object {
  const refuse = () => {
    throw new Error('refused')
  }
  return new Proxy({}, { get: refuse, getPrototypeOf: refuse, has: refuse, ownKeys: refuse })
}
