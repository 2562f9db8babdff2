import { expect } from 'chai'
import { problemPage } from '../../../../src/shared/bodies/problem-handler/problem-page.js'

describe('problemPage()', () => {
  it('escapes every text', () => {
    const mark = '<img src=x onerror=alert(1)>"\'&'
    const page = problemPage({ status: 500, title: mark, detail: mark, stack: [mark] })
    expect(page).not.to.include('<img')
    expect(page.match(/&lt;img src=x/g)).to.have.length(4) // title, heading, detail, stack
  })

  it('has a heading without a title, and neither detail nor stack if there is none', () => {
    const page = problemPage({ status: 499 })
    expect(page).to.include('<h1>499</h1>').and.not.include('<p>').and.not.include('<pre>')
  })
})
