import { expect } from 'chai'
import { FormulaGuard } from '../../../src/shared/streams/formula-guard.js'

describe('FormulaGuard', () => {
  for (const [title, text, expected] of [
    ['a sign', '=1', "'=1"],
    ['a control character', '\t=1', "'\t=1"],
    ['a byte order mark and a sign', '\ufeff@a', "'\ufeff@a"],
    ["the line that tells Excel the table's delimiter", 'sep=x', "'sep=x"],
    ['the same in capitals', '\ufeffSEP=;', "'\ufeffSEP=;"],
    ['a letter', 'a=1', 'a=1'],
  ] as const) {
    it(`guards a text that begins with ${title}, if that is a formula`, () => {
      expect(new FormulaGuard(',').guardText(text)).to.equal(expected)
    })
  }

  for (const [title, delimiter, given, expected] of [
    ['another delimiter', ',', ['a;=1'], ["a;'=1"]],
    ['each other delimiter', '|', ['a;=1,=2\t=3|=4'], ["a;'=1,'=2\t'=3|=4"]],
    ['a line end', ',', ['a\n=1\r\n@b\r=2'], ["a\n'=1\r\n'@b\r'=2"]],
    ['a delimiter, a quote and a NUL', ',', ['a;"\0=1'], ['a;\'"\0=1']],
    ['a full-width sign', ',', ['a;＝1;＠b'], ["a;'＝1;'＠b"]],
    ['a minus with a call', ',', ['a;-SUM(1)'], ["a;'-SUM(1)"]],
    ['a plus with a reference of another program', ',', ["a;+cmd|'x'!A0"], ["a;'+cmd|'x'!A0"]],
    ['a minus whose call is in the next field', ',', ['a;-1', '&f(1)'], ["a;'-1", '&f(1)']],
    ['a minus without a call', ',', ['a;-1', '- b'], ['a;-1', '- b']],
    ['a number that a decimal comma joins to a call', ',', ['-5', "5+cmd|'x'!A0", 'b'], ['-5', "'5+cmd|'x'!A0", 'b']],
    ...[
      "*cmd|'x'!A0",
      "/cmd|'x'!A0",
      "&cmd|'x'!A0",
      "%+cmd|'x'!A0",
      "<cmd|'x'!A0",
      " +cmd|'x'!A0",
      "e1+cmd|'x'!A0",
    ].map((text) => [`a number that a decimal comma joins to ${text}`, ',', ['-5', text], ['-5', `'${text}`]] as const),
    ['a call whose topic has the delimiter', ',', ['-5', "5+cmd|'x ", "'!A0"], ['-5', "'5+cmd|'x ", "'!A0"]],
    ['texts that decimal commas join to a call', ',', ['-5', '1-1', '2+2', 'f(1)'], ['-5', '1-1', '2+2', 'f(1)']],
    ['texts that decimal commas join to a call', ',', ['-5', '1-1', '2+2', '5+f(1)'], ['-5', '1-1', '2+2', "'5+f(1)"]],
    ['a number with a decimal point', ',', ['-12.5', '10:30 (late)'], ['-12.5', '10:30 (late)']],
    ['a number whose point may part thousands', ',', ['-1.234', '5+f(1)'], ['-1.234', "'5+f(1)"]],
    ['a call after two numbers', ',', ['-5', '7', '5+f(1)'], ['-5', '7', '5+f(1)']],
    ['a number before a text', ',', ['-5', 'five (5)'], ['-5', 'five (5)']],
    ['numbers before a text with brackets', ',', ['-5', '7', 'Smith (John)'], ['-5', '7', 'Smith (John)']],
    ['numbers without a call', ',', ['-5', '5'], ['-5', '5']],
    ['one field', ',', ['-5(1)'], ['-5(1)']],
    ['a tab, also if it is the delimiter', '\t', ['a\t=1'], ["a\t'=1"]],
  ] as const) {
    it(`guards a row with ${title}`, () => {
      expect(new FormulaGuard(delimiter).guardRow(given)).to.deep.equal(expected)
    })
  }
})
