import { expect } from 'chai'
import { frameworks } from '../support/frameworks.js'
import { methodArguments } from './calls.js'
import { methodsOfPrograms } from './programs.js'
import { compareAnswers } from './same-bytes.js'

const PROGRAMS = 250

describe('same bytes: programs of several calls, in an order of chance', () => {
  it('calls every method that has the same name everywhere', () => {
    // Express has a `json` of its own.
    expect(methodsOfPrograms).to.include.members(Object.keys(methodArguments).filter((name) => name !== 'json'))
  })

  it(`${PROGRAMS} programs: each gives the same answer on all frameworks`, async function () {
    if (frameworks.length < 2) this.skip() // there is nothing to compare
    this.timeout(60_000)
    const { differences, statuses } = await compareAnswers({ seed: 1200, programs: PROGRAMS })
    expect(differences.join('\n\n')).to.equal('')
    // Answers of many kinds were compared.
    expect(Object.keys(statuses), 'statuses').to.have.length.above(9)
  })
})
