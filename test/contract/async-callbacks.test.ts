import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'

contract('a callback of download() that is asynchronous and rejects', ({ serve, ask }) => {
  it('ends no process: the failure goes where that of a plain callback goes', async () => {
    const app = await serve((target) =>
      target.download(Buffer.from('abc'), 'a.txt', async () => {
        throw new Error('from the callback')
      }),
    )
    const { status, text } = await ask(app)
    expect({ status, text }).to.deep.equal({ status: 200, text: 'abc' })
    while (app.errors.length === 0) await new Promise(setImmediate)
    expect(app.errors.map(({ message }) => message)).to.deep.equal(['from the callback'])
  })

  it('the same with a file that is missing', async () => {
    const app = await serve((target) =>
      target.download('/no/such/file', async () => {
        throw new Error('from the callback')
      }),
    )
    await request(app.port)
    expect(app.errors.map(({ message }) => message)).to.deep.equal(['from the callback'])
  })

  it('an asynchronous onError that rejects changes nothing', async () => {
    const app = await serve((target) => target.download('/no/such/file'), {
      kit: {
        onError: async () => {
          throw new Error('from the hook')
        },
      },
    })
    expect((await request(app.port)).status).to.equal(404)
  })
})
