import { expect, test } from 'vitest'
import { appended, emptyTail, places } from './log'

test('a tail counts bytes, not characters, and forgets whole lines only', () => {
  const one = appended(emptyTail, 'é first\n', 9, 15)
  expect(one).toEqual({ text: 'é first\n', offset: 9, cut: false })
  const two = appended(one, 'second line\nthird\n', 18, 15)
  expect(two).toEqual({ text: 'third\n', offset: 27, cut: true })
  expect(appended(emptyTail, 'x'.repeat(30), 30, 20).text).toHaveLength(20)
})

test('a word is found in any case, and no more often than asked for', () => {
  expect(places('Error: error', 'ERROR')).toEqual([0, 7])
  expect(places('aaaa', 'a', 2)).toEqual([0, 1])
  expect(places('abc', '')).toEqual([])
})
