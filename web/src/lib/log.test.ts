import { expect, test } from 'vitest'
import { appended, emptyTail, places } from './log'

const piece = (text: string, from: number, next: number) => ({ text, from, next, truncated: false })

test('a tail goes on where the server says, and forgets whole lines only', () => {
  const one = appended(emptyTail, piece('é first\n', 0, 9), 15)
  expect(one).toEqual({ text: 'é first\n', offset: 9, cut: false, truncated: false })
  const two = appended(one, piece('second line\nthird\n', 9, 27), 15)
  expect(two).toEqual({ text: 'third\n', offset: 27, cut: true, truncated: false })
  expect(appended(emptyTail, piece('x'.repeat(30), 0, 30), 20).text).toHaveLength(20)
})

test('a log whose beginning was not asked for is told to be cut', () => {
  expect(appended(emptyTail, piece('end\n', 100, 104)).cut).toBe(true)
  expect(appended(emptyTail, { ...piece('all\n', 0, 4), truncated: true })).toEqual({ text: 'all\n', offset: 4, cut: false, truncated: true })
})

test('a word is found in any case, and no more often than asked for', () => {
  expect(places('Error: error', 'ERROR')).toEqual([0, 7])
  expect(places('aaaa', 'a', 2)).toEqual([0, 1])
  expect(places('abc', '')).toEqual([])
})
