import { expect } from 'chai'
import { escapeHtml } from '../../../src/shared/fields/html-text.js'

describe('escapeHtml', () => {
  it('leaves no character with a meaning in HTML, in an element or a quoted attribute', () => {
    expect(escapeHtml(`<a href="x" title='y'>&amp;</a>`)).to.equal(
      '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;',
    )
  })

  it('leaves all other text as it is', () => {
    for (const text of ['', 'plain', 'Größe 漢字 🎉', 'a\nb\t`/=']) expect(escapeHtml(text)).to.equal(text)
  })
})
