import { expect, it } from 'vitest'
import type { SageMakerFacts, SyncedAccount } from '../api/types'
import { beforeFirstLook, lastSeen, saidOnce, seenAt, syncState } from './sync'

const calls = { total: 4, retried: 0, throttled: 0, saved: 0 }
const account = (more: Partial<SyncedAccount>): SyncedAccount => ({ account: '1', region: 'us-east-2', state: 'IDLE', moving: false, throttled: false, models: 1, written: 0, intervalSeconds: 60, awsCalls: calls, problems: [], ...more })
const facts = (more: Partial<SageMakerFacts>): SageMakerFacts => ({ kind: 'ENDPOINT', account: '1', region: 'us-east-2', status: 'Updating', ...more })
const written = '2026-11-26T09:00:00.000Z'
const looked = '2026-11-26T09:05:00.000Z'

it('knows the age of a status by the last look at its account', () => {
  const all = [account({ lastSucceeded: looked })]
  expect(seenAt(all, facts({}), written)).toBe(looked)
  expect(seenAt(all, facts({ region: 'eu-west-1' }), written)).toBe(written)
  expect(seenAt([account({ lastSucceeded: '2026-11-26T08:00:00.000Z' })], facts({}), written)).toBe(written)
  expect(seenAt(undefined, facts({}), written)).toBe(written)
})
it('does not refresh what has ended or is gone', () => {
  const all = [account({ lastSucceeded: looked })]
  expect(seenAt(all, facts({ kind: 'TRANSFORM_JOB', status: 'Failed' }), written)).toBe(written)
  expect(seenAt(all, facts({ kind: 'TRANSFORM_JOB', status: 'InProgress' }), written)).toBe(looked)
  expect(seenAt(all, facts({ gone: true }), written)).toBe(written)
  expect(seenAt(all, facts({ status: 'Failed' }), written)).toBe(looked)
})
it('is as old as the account that waits longest', () => {
  expect(lastSeen([account({ lastSucceeded: looked }), account({ lastSucceeded: written })])).toBe(written)
  expect(lastSeen([account({ lastSucceeded: looked }), account({})])).toBeUndefined()
  const refused = account({ lastSucceeded: written, problems: [{ code: 'X', message: 'y' }] })
  expect([lastSeen([account({ lastSucceeded: looked }), refused]), lastSeen([refused])]).toEqual([looked, written])
})
it('says where an account stands', () => {
  expect([account({}), account({ state: 'RUNNING' }), account({ lastSucceeded: looked, state: 'RUNNING' }), account({ throttled: true }), account({ lastSucceeded: looked, problems: [{ code: 'X', message: 'y' }] })].map(syncState)).toEqual(['Imported', 'Looking', 'Up to date', 'Held back', 'Refused'])
})
it('tells a connection that fails from a refusal', () => {
  const away = { code: 'Network', message: 'connection refused' }
  expect(syncState(account({ lastSucceeded: looked, problems: [away] }))).toBe('Out of reach')
  expect(syncState(account({ problems: [away, { code: 'AccessDeniedException', message: 'no' }] }))).toBe('Refused')
})

it('says the same sentence of several calls once', () => {
  const away = { code: 'Network', message: 'connection refused' }
  const refused = { code: 'AccessDeniedException', message: 'not authorized', permission: 'sagemaker:ListTags' }
  expect(saidOnce([{ ...away, operation: 'ListModels' }, refused, { ...away, operation: 'ListEndpoints' }, { ...refused, permission: 'sagemaker:ListModels' }]).map((one) => one.permission ?? one.message))
    .toEqual(['connection refused', 'sagemaker:ListTags', 'sagemaker:ListModels'])
})

it('does not deny what an import has looked at', () => {
  expect(beforeFirstLook([account({}), account({ intervalSeconds: 120 })])).toBe('Imported; AWS is looked at for changes within 2 min')
  expect(beforeFirstLook([account({ intervalSeconds: 0 })])).toBe('Imported; AWS is looked at for changes soon')
})
