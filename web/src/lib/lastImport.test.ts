import { expect, it } from 'vitest'
import type { LastImport } from '../api/types'
import { importTitle, notKnown, partsOf, trainedByNobody, unreadLines } from './lastImport'

const at = '2026-11-25T23:41:00.000Z'
const refused: LastImport = { operationId: 'o1', state: 'COMPLETE', at, unread: [{ stage: 'endpoints', outcome: 'REFUSED', operation: 'ListEndpoints', code: 'AccessDeniedException', permission: 'sagemaker:ListEndpoints' }] }
const cancelled: LastImport = { operationId: 'o2', state: 'CANCELLED', at, unread: ['transformJobs', 'endpointConfigurations', 'endpoints', 'register'].map((stage) => ({ stage })) }

it('a model whose import saw everything says nothing', () => {
  expect(notKnown(undefined, partsOf.deployments)).toBeUndefined()
  expect(notKnown(refused, partsOf.snapshots)).toBeUndefined()
})
it('a list that was refused makes what it would tell unknown, with the permission', () => {
  expect(notKnown(refused, partsOf.deployments)).toMatch(/^the import of 25 Nov 2026, \d\d:\d\d could not list endpoints \(the permission sagemaker:ListEndpoints is missing\)$/)
  expect(importTitle(refused)).toBe('The last import did not see everything')
  expect(unreadLines(refused)).toEqual(['Endpoints: the permission sagemaker:ListEndpoints is missing'])
})
it('a cancelled import leaves what it had not reached unknown', () => {
  expect(notKnown(cancelled, partsOf.deployments)).toMatch(/was cancelled before it had read endpoint configurations and endpoints$/)
  expect(notKnown(cancelled, partsOf.jobs)).toMatch(/before it had read transform jobs$/)
  expect(unreadLines(cancelled)[0]).toBe('Transform jobs: it was not reached')
})
it('a fault that is no permission is told by its code', () => {
  const broken: LastImport = { ...refused, unread: [{ stage: 'endpoints', outcome: 'INCOMPLETE', operation: 'DescribeEndpoint', code: 'ThrottlingException' }] }
  expect(notKnown(broken, partsOf.deployments)).toMatch(/could not list endpoints \(DescribeEndpoint failed: ThrottlingException\)$/)
  const unwritten: LastImport = { ...cancelled, unread: [{ stage: 'register' }] }
  expect(notKnown(unwritten, partsOf.snapshots)).toMatch(/was cancelled before it had written what it found$/)
})

it('nobody trained it only where somebody could look', () => {
  const blind: LastImport = { ...refused, unread: [{ stage: 'trainingJobs', outcome: 'REFUSED', operation: 'ListTrainingJobs', permission: 'sagemaker:ListTrainingJobs' }] }
  expect(trainedByNobody(blind, false)).toMatch(/^Not known: the import of .* could not list training jobs \(the permission sagemaker:ListTrainingJobs is missing\)\.$/)
  expect(trainedByNobody(cancelled, false)).toMatch(/^Not known: .* was cancelled before it had written what it found\.$/)
  expect(trainedByNobody(undefined, true)).toBe('Not known yet: an import is under way.')
  expect(trainedByNobody(refused, false)).toBe("No training job of this account wrote the model's artifact.")
})
