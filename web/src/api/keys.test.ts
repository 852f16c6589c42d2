import { expect, it } from 'vitest'
import { ApiError } from './client'
import { keyKeeper } from './keys'

const failed = (status: number, code = 'X') => new ApiError({ type: '', title: '', status, detail: '', code, requestId: '', message: '' })

it.each([[503, 'NOT_REACHABLE'], [503, 'BUSY'], [504, 'HTTP_504'], [500, 'INTERNAL'], [429, 'TOO_MANY']])('after %i %s the same wish keeps its key', (status, code) => {
  const keys = keyKeeper()
  const first = keys.of({ name: 'a' })
  keys.settled(failed(status, code))
  expect(keys.of({ name: 'a' })).toBe(first)
})
it.each([400, 403, 409, 422])('after a definite %i it is a new wish', (status) => {
  const keys = keyKeeper()
  const first = keys.of({ name: 'a' })
  keys.settled(failed(status))
  expect(keys.of({ name: 'a' })).not.toBe(first)
})
it('another body has another key, and so has the next wish after an answer', () => {
  const keys = keyKeeper()
  const first = keys.of({ name: 'a' })
  keys.settled(failed(503))
  expect(keys.of({ name: 'b' })).not.toBe(first)
  const second = keys.of({ name: 'b' })
  keys.settled()
  expect(keys.of({ name: 'b' })).not.toBe(second)
})
it('a fault of the page itself is no answer', () => {
  const keys = keyKeeper()
  const first = keys.of(1)
  keys.settled(new Error('aborted'))
  expect(keys.of(1)).toBe(first)
})
