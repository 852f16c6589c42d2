import { expect, it } from 'vitest'
import { askAgainAfter } from './again'

it('asks again soon, then less and less often, and never gives up', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 50].map(askAgainAfter)
  expect(pauses[0]).toBeGreaterThanOrEqual(1_500)
  expect(pauses[0]).toBeLessThanOrEqual(2_500)
  expect(pauses.slice(0, 5)).toEqual([...pauses.slice(0, 5)].sort((a, b) => a - b))
  expect(pauses[5]).toBeLessThanOrEqual(36_000)
  expect(pauses[6]).toBe(pauses[5])
})
