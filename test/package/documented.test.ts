import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import * as kit from '../../src/index.js'
import { jsonMethod } from '../../src/shared/methods/bodies.js'
import { responseMethods } from '../../src/shared/methods/response-methods.js'

const root = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
const documents = ['README.md', ...guides.map((name) => `docs/${name}`)].map(read).join('\n')

describe('README.md and the guides', () => {
  it('name every method of a response', () => {
    const names = Object.keys({ ...responseMethods, ...jsonMethod })
    expect(names).to.include.members(['text', 'setCookie', 'json'])
    expect(names.filter((name) => !new RegExp(`\\b${name}\\(`).test(documents))).to.deep.equal([])
  })

  it('name every value that the package exports', () => {
    expect(Object.keys(kit).filter((name) => !new RegExp(`\\b${name}\\b`).test(documents))).to.deep.equal([])
  })
})
