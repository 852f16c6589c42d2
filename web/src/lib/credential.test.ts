import { expect, it } from 'vitest'
import { ApiError } from '../api/client'
import { checkState, keyFaults } from './credential'

const refused = (detail: string, code = 'AWS_CREDENTIALS') => new ApiError({ type: 'about:blank', title: 'Refused', status: 422, code, detail, requestId: '', message: detail })

it('tells at which field AWS did not take the keys', () => {
  expect(keyFaults(refused('AWS refused DescribeModel: UnrecognizedClientException: The security token included in the request is invalid.'), false)).toEqual({ accessKeyId: expect.stringContaining('does not know') })
  expect(Object.keys(keyFaults(refused('… InvalidClientTokenId …'), true))).toEqual(['accessKeyId', 'sessionToken'])
  expect(keyFaults(refused('AWS refused DescribeModel: SignatureDoesNotMatch: …'), false)).toEqual({ secretAccessKey: expect.any(String) })
  expect(keyFaults(refused('AWS refused DescribeModel: ExpiredTokenException: …'), true)).toEqual({ sessionToken: expect.stringContaining('expired') })
})
it('blames no field for what is no matter of keys', () => {
  expect(keyFaults(refused('AWS has no model Untoken.', 'NOT_FOUND'), false)).toEqual({})
  expect(keyFaults(undefined, false)).toEqual({})
})
it('calls a key refused that AWS refused, not one that could not be checked', () => {
  const check = (code: string, permission?: string) => checkState({ at: '2026-11-26T09:00:00Z', ok: false, error: { code, message: '', ...(permission && { permission }) } })
  expect(checkState({ at: '2026-11-26T09:00:00Z', ok: true })).toBe('Works')
  expect(check('UnrecognizedClientException')).toBe('Refused')
  expect(check('AccessDeniedException', 'sagemaker:ListModels')).toBe('Refused')
  expect(check('Network')).toBe('Unchecked')
  expect(check('Garbled')).toBe('Unchecked')
  expect(check('ThrottlingException')).toBe('Unchecked')
})
