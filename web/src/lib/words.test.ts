import { expect, it } from 'vitest'
import { joinWords, sameWords, splitWords } from './words'

it.each([
  [['Risk Team', 'crm']], [['Smith, Jones', 'a']], [['say "hi"', '"']], [[' padded ']], [['a=b,c', '"x", y']], [[]], [['line\nbreak']],
])('%j comes back as it went', (words) => expect(splitWords(joinWords(words))).toEqual(words))
it('reads what people type', () => {
  expect(splitWords('Risk Team,crm ,, crm')).toEqual(['Risk Team', 'crm'])
  expect(splitWords('team=risk\ntier=1')).toEqual(['team=risk', 'tier=1'])
  expect(splitWords('  "a, b" , c')).toEqual(['a, b', 'c'])
  expect(splitWords('5" disk, c')).toEqual(['5" disk', 'c'])
  expect(splitWords('"never closed, c')).toEqual(['"never closed', 'c'])
})
it('compares in order', () => expect([sameWords(['a', 'b'], ['a', 'b']), sameWords(['a'], ['a', 'b']), sameWords(['b', 'a'], ['a', 'b'])]).toEqual([true, false, false]))
