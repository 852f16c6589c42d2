import { expect, it } from 'vitest'
import { ApiError } from '../api/client'
import type { DeployableModel, DeployedModel, Notification } from '../api/types'
import { approvedWish, askedFor, decideRefusal, evidenceOf, issueWords, offersDeploy, ticketState, waitsFor, whatFollows } from './ticket'

const ticket = (evidence?: object, more: object = {}) => ({ id: 't1', open: true, evidence, ...more }) as Notification
const variant = { VariantName: 'AllTraffic', ModelName: 'churn', InstanceType: 'ml.m5.large', InitialInstanceCount: 2 }
const full = {
  configuration: { name: 'churn-c1', made: true }, snapshot: { id: 's1', name: 'churn-s1' }, model: { id: 'm1', name: 'churn' }, account: '123456789012', region: 'us-east-2', reason: 'release 12',
  assets: [{ name: 'documentation', present: true, foundIn: 'model', filename: 'card.md' }, { name: 'test-data', present: false, foundIn: '', filename: '', url: '' }],
  siblings: [{ deployableModelId: 's2', storedModelId: 'm2', model: 'fraud-nn', decision: 'REJECTED' }, { deployableModelId: 's3' }],
  subject: { configuration: { productionVariants: [variant] }, account: '123456789012', region: 'us-east-2', endpointName: 'churn-prod' },
}

it('reads the evidence', () => {
  const evidence = evidenceOf(ticket(full))
  expect([evidence.snapshot, evidence.model]).toEqual(['churn-s1', 'churn'])
  expect(evidence.assets).toEqual([{ name: 'Documentation', present: true, place: 'card.md, of the model' }, { name: 'Test data', present: false }])
  expect(evidence.siblings).toEqual([{ snapshotId: 's2', modelId: 'm2', model: 'fraud-nn', decision: 'REJECTED' }, { snapshotId: 's3', model: 'another model' }])
  expect(askedFor(evidence)).toBe('Creates the endpoint churn-prod with 2 × ml.m5.large in us-east-2 of account 123456789012, from a configuration churn-c1 that is made for it.')
})
it('reads the test, and tells it from a job of the model', () => {
  const tested = evidenceOf(ticket({ testJob: { id: 'j1', name: 'mlc-1', status: 'COMPLETE', duration: 4571, output: 's3://b/out' }, testResult: { passed: false, testResults: { auc: 0.9 } } }))
  expect(tested.testJob).toEqual({ id: 'j1', name: 'mlc-1', status: 'COMPLETE', duration: 4571, output: 's3://b/out' })
  expect(tested.testResult).toEqual({ passed: false, measured: { auc: 0.9 } })
  expect(tested.reported).toBeUndefined()
  expect(tested.editedBy).toEqual([])
  const reported = evidenceOf(ticket({ reportedResult: { passed: true, testResults: { auc: 0.99 }, createdBy: 'mallory' }, editedBy: ['mallory'], restartReason: 'new data' }))
  expect(reported.testResult).toBeUndefined()
  expect(reported).toMatchObject({ reported: { by: 'mallory', passed: true, measured: { auc: 0.99 } }, editedBy: ['mallory'], reason: 'new data' })
  expect(evidenceOf(ticket({ comparator: { result: 'FAILED', reasons: ['too weak', 1] } })).comparator).toEqual({ result: 'FAILED', reasons: ['too weak'] })
  expect(evidenceOf(ticket({ lastModelJob: { id: 'j2', status: 'FAILED' } }))).toMatchObject({ lastModelJob: { id: 'j2', name: 'j2', status: 'FAILED' } })
  expect(evidenceOf(ticket({ testJob: 'none' })).testJob).toBeUndefined()
})
it('bears evidence that is not there, or of another kind', () => {
  expect(askedFor(evidenceOf(ticket()))).toBe('Creates an endpoint that Slipway names.')
  expect(evidenceOf(ticket({ assets: 'none', siblings: [1, null], subject: { configuration: [] } }))).toEqual({ editedBy: [], made: false, variants: [], shadowVariants: [], assets: [], siblings: [] })
})
it('what is decided, decided elsewhere or refused cannot be decided here', () => {
  const refused = new ApiError({ type: 'about:blank', title: '', status: 403, detail: 'Somebody else must look.', code: 'FOUR_EYES', requestId: '', message: '' })
  expect(decideRefusal(ticket(full), undefined)).toBeUndefined()
  expect(decideRefusal(ticket(full), refused)).toBe('Somebody else must look.')
  expect(decideRefusal(ticket(full, { decision: { decision: 'APPROVED' } }), undefined)).toBe('It is decided already.')
  expect(decideRefusal(ticket(full, { assignment: { assignmentType: 'JIRA_NOTIFICATION_ASSIGNMENT', issueKey: 'MRM-1' } }), undefined)).toBe('It is decided in MRM-1.')
  expect(decideRefusal(ticket(full, { decidedHere: false, assignment: { assignmentType: 'JIRA_NOTIFICATION_ASSIGNMENT', issueKey: 'MRM-1' } }), undefined)).toBe('It is decided in MRM-1.')
  expect(decideRefusal(ticket(full, { decidedHere: true, assignment: { assignmentType: 'JIRA_NOTIFICATION_ASSIGNMENT', issueKey: 'MRM-1' } }), undefined)).toBeUndefined()
  const others = { mayDecide: false, decisionRefusal: { code: 'NOT_AN_APPROVER', message: 'Tickets of the group risk are decided by members of risk-approvers.' } }
  expect(decideRefusal(ticket(full, others), undefined)).toBe('Tickets of the group risk are decided by members of risk-approvers.')
  expect(decideRefusal(ticket(full, { ...others, mayDecide: true, decisionRefusal: undefined }), undefined)).toBeUndefined()
  expect(decideRefusal(ticket(full, { ...others, decision: { decision: 'APPROVED' } }), undefined)).toBe('It is decided already.')
  expect([waitsFor(ticket(full, others)), waitsFor(ticket(full, { mayDecide: true })), waitsFor(ticket(full)), waitsFor(ticket(full, { decidedHere: false }))]).toEqual(['Waits for others', 'Waits for you', undefined, undefined])
  expect(waitsFor(ticket(full, { mayDecide: true, open: false, decision: { decision: 'APPROVED' } }))).toBeUndefined()
  expect([ticketState(ticket()), ticketState(ticket({}, { decision: { decision: 'REJECTED' }, open: false }))]).toEqual(['OPEN', 'REJECTED'])
})
it('asks again for exactly what was approved, and leaves to the server what it filled in by itself', () => {
  const generated = { id: 's1', sageMaker: { kind: 'ENDPOINT_CONFIG', generated: true } } as DeployableModel
  const wish = (subject: object, snapshot = generated) => approvedWish(evidenceOf(ticket({ subject })), snapshot)
  expect(wish(full.subject)).toEqual({ endpointName: 'churn-prod', productionVariants: [variant] })
  expect(wish({ configuration: { productionVariants: [{ ...variant, InitialVariantWeight: 1 }] } })).toEqual({})
  expect(wish(full.subject, { ...generated, sageMaker: { kind: 'ENDPOINT_CONFIG', arn: 'arn:x' } })).toEqual({ endpointName: 'churn-prod' })
})

it('an approval leads to what waits for it, and to nothing that is done', () => {
  const approved = ticket(full, { decision: { decision: 'APPROVED', decidedAt: '2026-11-25T10:00:00Z' } })
  const on = (name: string, state: string, createdDate = '2026-11-25T10:00:05Z') => ({ state, engine: { name }, createdDate }) as DeployedModel
  expect(whatFollows(approved, false, [])).toBe('press Deploy')
  expect(whatFollows(approved, true, [on('churn-prod', 'FAILED')])).toBe('life cycle')
  expect(whatFollows(approved, true, [on('churn-prod', 'DEPLOYED')])).toBe('deployed')
  expect(whatFollows(approved, false, [on('churn-prod', 'UNDEPLOYED')])).toBe('press Deploy')
  expect(whatFollows(approved, false, [on('another', 'DEPLOYED')]), 'it serves elsewhere, and this endpoint was approved').toBe('press Deploy')
  const unnamed = ticket({ ...full, subject: {} }, { decision: approved.decision })
  expect(whatFollows(unnamed, false, [on('churn-1', 'DEPLOYED', '2026-11-24T10:00:00Z')]), 'of before the decision').toBe('press Deploy')
  expect(whatFollows(unnamed, false, [on('churn-2', 'DEPLOYING')])).toBe('on its way')
  expect((['press Deploy', 'life cycle', 'on its way', 'deployed'] as const).filter(offersDeploy), 'a second one would be refused').toEqual(['press Deploy', 'life cycle'])
})
it('says of an issue what it says itself, and nothing of a decision that was made before it was moved on', () => {
  const assignment = { assignmentType: 'JIRA_NOTIFICATION_ASSIGNMENT', issueKey: 'MRM-8', currentStatus: 'In Review' }
  expect(issueWords(ticket({}, { assignment }))).toBe('MRM-8, In Review')
  expect(issueWords(ticket({}, { assignment: { ...assignment, currentStatus: undefined } }))).toBe('MRM-8')
  expect(issueWords(ticket({}, { open: false, decision: { decision: 'REJECTED' }, assignment: { ...assignment, currentStatus: 'REJECTED' } }))).toBe('MRM-8')
})
