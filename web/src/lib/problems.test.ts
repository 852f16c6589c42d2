import { expect, it } from 'vitest'
import { ApiError } from '../api/client'
import { fieldErrors, tell } from './problems'

const problem = (status: number, code: string, more = {}) => new ApiError({ type: 'about:blank', title: 'x', status, detail: 'It happened.', code, requestId: 'r1', message: 'It happened.', ...more })

it('says what happened, what to do, and what to quote', () => {
  expect(tell(problem(412, 'VERSION_MISMATCH'))).toEqual({
    title: 'Changed by somebody else meanwhile', detail: 'It happened.', next: 'Reload to see what the other person saved, then make your change again.', code: 'VERSION_MISMATCH', requestId: 'r1',
  })
  expect(tell(problem(500, 'INTERNAL')).next).toContain('request id')
  expect(tell(problem(422, 'AWS_REFUSED')).next).toBeUndefined()
})
it('tells of failures of the page itself', () => {
  expect(tell(new Error('boom'))).toMatchObject({ detail: 'boom', code: 'PAGE_FAILED' })
})
it('puts pointer errors at their fields', () => {
  expect(fieldErrors(problem(400, 'INVALID', { errors: [{ pointer: '/metaData/name', expected: 'text', got: '42' }, { pointer: '/b', expected: 'there', got: '' }] }))).toEqual({ '/metaData/name': 'Must be text, not 42.', '/b': 'Must be there.' })
})
