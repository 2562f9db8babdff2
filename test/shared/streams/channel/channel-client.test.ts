import { expect } from 'chai'
import { readChannelClient, readExcept } from '../../../../src/shared/streams/channel/channel-client.js'

const refusalOf = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    return error
  }
}

describe('readChannelClient', () => {
  it('gives each client that is not named an id of its own', () => {
    const [first, second] = [readChannelClient('sse', undefined), readChannelClient('sse', { data: 7 })]
    expect(first.id).not.to.equal(second.id)
    expect(first.data).to.equal(undefined)
    expect(second.data).to.equal(7)
  })

  it('keeps the id and the data that the app gives', () => {
    expect(readChannelClient('sse', { id: 'ann', data: { role: 'admin' } })).to.deep.equal({
      id: 'ann',
      data: { role: 'admin' },
    })
  })

  for (const given of [null, 'ann', 7, [], { id: 7 }, { id: '' }, { name: 'ann' }]) {
    it(`refuses ${JSON.stringify(given)}, and names the option`, () => {
      const refusal = refusalOf(() => readChannelClient("sse: option 'client'", given))
      expect(refusal).to.include({ code: 'INVALID_OPTION' })
      expect((refusal as Error).message).to.include("'client'")
    })
  }
})

describe('readExcept', () => {
  it('takes a client, or its id', () => {
    expect(readExcept({})).to.equal(undefined)
    expect(readExcept({ except: 'ann' })).to.equal('ann')
    expect(readExcept({ except: { id: 'ann' } })).to.equal('ann')
  })

  for (const options of [
    { except: 7 },
    { except: '' },
    { except: null },
    { except: {} },
    { except: { id: '' } },
    { expect: 'ann' },
    null,
  ]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      expect(refusalOf(() => readExcept(options as any))).to.include({ code: 'INVALID_OPTION' })
    })
  }
})
