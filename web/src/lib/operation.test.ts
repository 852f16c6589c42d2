import { expect, it } from 'vitest'
import type { Operation } from '../api/types'
import { faultsOf, headline, importOf, isImport, isPartial, operationHref, policyFor, progress, sealedSecrets, stageCount, stageName, stageState, stageWords, statusOf, subjectOf, underWayFirst } from './operation'

const created = '2026-11-25T19:00:00.000Z'
const now = Date.parse(created) + 14_000
const make = (stages: Operation['stages'], more: Partial<Operation> = {}): Operation => ({
  id: '1', group: 'risk', createdBy: 'ana', kind: 'IMPORT', state: 'RUNNING', stages, awsCalls: { total: 0, retried: 0, throttled: 0, saved: 0 }, problems: [], created, ...more,
})
const half = make([{ name: 'model', done: 1, total: 1, outcome: 'COMPLETE' }, { name: 'tags', done: 0, outcome: 'REFUSED', note: 'refused: sagemaker:ListTags is missing' }, { name: 'trainingJobs', done: 10, total: 40 }, { name: 'endpoints', done: 0 }])
const states = (operation: Operation) => operation.stages.map((_, i) => stageState(operation, i))

it('tells each stage apart', () => {
  expect(states(half)).toEqual(['done', 'refused', 'running', 'waiting'])
  expect(states({ ...half, state: 'CANCELLED' })).toEqual(['done', 'refused', 'notReached', 'notReached'])
  expect(states(make([{ name: 'model', done: 0 }]))).toEqual(['running'])
})
it('a list that AWS refused never looks done, however its counts stand', () => {
  const ended = make([{ name: 'transformJobs', done: 0, total: 0, outcome: 'REFUSED' }, { name: 'endpoints', done: 5, total: 5, outcome: 'INCOMPLETE' }], { state: 'COMPLETE' })
  expect(states(ended)).toEqual(['refused', 'incomplete'])
  expect([isPartial(ended), statusOf(ended)]).toEqual([true, 'PARTIAL'])
  expect(statusOf(make([{ name: 'model', done: 1, outcome: 'COMPLETE' }], { state: 'COMPLETE' }))).toBe('COMPLETE')
  expect(statusOf({ ...ended, state: 'CANCELLED' })).toBe('CANCELLED')
})
it('an operation from before outcomes has its stages done, but for those with a note that are not full', () => {
  const old = make([{ name: 'model', done: 1, total: 1 }, { name: 'tags', done: 0, total: 1, note: 'refused' }], { state: 'COMPLETE' })
  expect(states(old)).toEqual(['done', 'incomplete'])
  expect(states({ ...old, state: 'CANCELLED', stages: [...old.stages, { name: 'endpoints', done: 0 }] })).toEqual(['done', 'incomplete', 'notReached'])
})
it('measures progress by stages', () => {
  expect(progress(half)).toBeCloseTo((1 + 1 + 0.25 + 0) / 4)
  expect(progress(make([]))).toBe(0)
})
it('counts in words', () => {
  expect(stageCount({ name: 'x', done: 12, total: 40, skipped: 3 })).toBe('12 of 40, 3 known already')
  expect(stageCount({ name: 'x', done: 0 })).toBe('')
  expect([stageName('trainingJobs'), stageName('model_package'), stageName('someThing')]).toEqual(['Training jobs', 'Model package', 'Some thing'])
})
it('tells one count of a stage that has ended: what belongs to the model', () => {
  expect(stageWords({ name: 'x', done: 8, total: 8, skipped: 8, note: '22 of this model, 8 looked at anew', outcome: 'COMPLETE' })).toEqual({ count: '22 of this model, 8 looked at anew' })
  expect(stageWords({ name: 'x', done: 3, total: 8, note: '22 of this model' })).toEqual({ count: '3 of 8' })
  expect(stageWords({ name: 'x', done: 8, total: 12 })).toEqual({ count: '8 of 12' })
  expect(stageWords({ name: 'x', done: 0, note: 'refused: sagemaker:ListTags is missing', outcome: 'REFUSED' })).toEqual({ count: '', note: 'refused: sagemaker:ListTags is missing' })
})
it('says in one sentence where it stands', () => {
  expect(headline({ ...half, etaSeconds: 9 }, now)).toBe('Running for 14 s, about 9 s left.')
  expect(headline({ ...half, cancelRequested: true }, now)).toContain('Stopping')
  expect(headline({ ...half, state: 'COMPLETE', finished: '2026-11-25T19:02:14.000Z', problems: [{ code: 'X', message: 'm' }] }, now)).toBe('Done after 2 min 14 s, with 1 problem: what was found is kept.')
  expect(headline({ ...half, state: 'ERROR', problems: [{ code: 'X', message: 'AWS is away.' }] }, now)).toBe('Failed after 14 s. AWS is away.')
})
it('writes the policy statement that grants what is missing, each action once', () => {
  const policy = JSON.parse(policyFor([{ code: 'A', message: '', permission: 'sagemaker:ListTags' }, { code: 'A', message: '', permission: 'sagemaker:DescribeEndpoint' }, { code: 'A', message: '', permission: 'sagemaker:ListTags' }, { code: 'B', message: '' }])!)
  expect(policy).toEqual({ Effect: 'Allow', Action: ['sagemaker:DescribeEndpoint', 'sagemaker:ListTags'], Resource: '*' })
  expect(policyFor([{ code: 'B', message: '' }])).toBeUndefined()
})

it('tells of sealed secrets, but does not count them as problems', () => {
  const told = make([], { state: 'COMPLETE', finished: '2026-11-25T19:00:14.000Z', problems: ['A password was sealed.', 'A token was sealed.', 'A password was sealed.'].map((message) => ({ code: 'SECRET_SEALED', message })) })
  expect(sealedSecrets(told)).toEqual(['A password was sealed.', 'A token was sealed.'])
  expect(faultsOf(told)).toEqual([])
  expect(headline(told, now)).toBe('Done after 14 s.')
})

it('steps of a deployment come one after the other', () => {
  const deploy = make([{ name: 'check', done: 1, total: 1 }, { name: 'configuration', done: 0, total: 1 }, { name: 'endpoint', done: 0, total: 1 }], { kind: 'DEPLOY' })
  expect(states(deploy)).toEqual(['done', 'running', 'waiting'])
  expect(states({ ...deploy, state: 'ERROR' })).toEqual(['done', 'incomplete', 'notReached'])
  expect(states({ ...deploy, state: 'CANCELLED' })).toEqual(['done', 'notReached', 'notReached'])
  expect(progress(deploy)).toBeCloseTo(1 / 3)
})

it('tells deployments from imports, and leads to where each is followed', () => {
  const deploy = make([], { kind: 'DEPLOY', request: { endpointName: 'churn-prod' }, deployedModelId: 'd1' })
  expect([isImport(deploy), subjectOf(deploy), operationHref(deploy)]).toEqual([false, 'Deploy churn-prod', '#/deployments/d1'])
  expect(subjectOf({ ...deploy, kind: 'UNDEPLOY', request: {} })).toBe('Undeploy an endpoint')
  const imported = make([], { request: { modelName: 'fraud' } })
  expect([subjectOf(imported), operationHref(imported)]).toEqual(['fraud', '#/imports/1'])
})

it('the import of a model is found among any number of others', () => {
  const many = Array.from({ length: 40 }, (_, i) => make([], { id: `o${i}`, storedModelId: `m${i}` }))
  expect(importOf('m37', many)?.id).toBe('o37')
  expect(importOf('m37', many.map((one) => ({ ...one, kind: 'DEPLOY' })))).toBeUndefined()
  expect(importOf('m40', many)).toBeUndefined()
})
it('what is under way comes first, and nothing twice', () => {
  const ended = make([], { id: 'e', state: 'COMPLETE' })
  const running = [make([], { id: 'a' }), make([], { id: 'b' })]
  expect(underWayFirst(running, [running[1]!, ended]).map((one) => one.id)).toEqual(['a', 'b', 'e'])
  // Of two answers the one is older than the other: what has ended meanwhile is not shown as running beside its end.
  expect(underWayFirst([], running)).toEqual([])
})
