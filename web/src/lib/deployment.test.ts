import { expect, it } from 'vitest'
import { ApiError } from '../api/client'
import type { DeployableModel, Deployment, Problem } from '../api/types'
import { canCancel, deployLine, deployRefusal, deployRequest, draftFaults, emptyWish, isMoving, runningOf, stepName, ticketOf, undeployRefusal, verdictWords } from './deployment'

const snapshot = (sageMaker?: object) => ({ id: 's1', group: 'risk', storedModel: { id: 'm1', sageMaker: { name: 'churn' } }, metaData: { name: 'churn-1' }, ...(sageMaker && { sageMaker: { kind: 'ENDPOINT_CONFIG', ...sageMaker } }) }) as unknown as DeployableModel
const imported = snapshot({ arn: 'arn:x' })
const generated = snapshot({ generated: true })
const ana = { username: 'ana', groups: ['risk'], admin: false }

it.each([['a', true], ['churn-prod', true], ['a--b', true], ['-a', false], ['a-', false], ['a_b', false], ['a'.repeat(63), true], ['a'.repeat(64), false], ['', true]])('endpoint name %s: %s', (endpointName, fits) => {
  expect(draftFaults({ ...emptyWish, endpointName }).endpointName === undefined).toBe(fits)
})
it('instances are a type and a number, or neither', () => {
  expect(draftFaults({ ...emptyWish, instanceType: 'ml.m5.large', instanceCount: '2' })).toEqual({})
  expect(Object.keys(draftFaults({ ...emptyWish, instanceCount: '2' }))).toEqual(['instanceType'])
  expect(Object.keys(draftFaults({ ...emptyWish, instanceType: 'm5', instanceCount: '0' }))).toEqual(['instanceType', 'instanceCount'])
})
it('asks for variants only where AWS has no configuration, in the shape of the command line', () => {
  const draft = { endpointName: ' churn-prod ', reason: 'release 12', instanceType: 'ml.m5.large', instanceCount: '' }
  const variants = [{ VariantName: 'AllTraffic', ModelName: 'churn', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 }]
  expect(deployRequest(generated, draft)).toEqual({ deployableModelId: 's1', endpointName: 'churn-prod', productionVariants: variants, reason: 'release 12' })
  expect(deployRequest(imported, draft)).toEqual({ deployableModelId: 's1', endpointName: 'churn-prod', reason: 'release 12' })
  expect(deployRequest(generated, emptyWish)).toEqual({ deployableModelId: 's1' })
  expect(deployLine(deployRequest(generated, draft))).toBe("slipway deploy s1 --endpoint churn-prod --instance-type ml.m5.large --reason 'release 12'")
  expect(deployLine({ deployableModelId: 's1', deploymentConfig: {} })).toBeUndefined()
})
it('what was approved is asked for to the letter', () => expect(deployRequest(imported, { ...emptyWish, endpointName: 'other', reason: 'x' }, { endpointName: 'churn-prod' })).toEqual({ deployableModelId: 's1', endpointName: 'churn-prod', reason: 'x' }))
it('says why a snapshot cannot be deployed', () => {
  expect(deployRefusal(snapshot(), ana)).toContain('Only snapshots of SageMaker')
  expect(deployRefusal(snapshot({ gone: true }), ana)).toContain('deleted in AWS')
  expect(deployRefusal(imported, { username: 'ana', groups: ['crm'], admin: false })).toContain('group risk')
  expect([deployRefusal(imported, ana), deployRefusal(imported, { username: 'ana', groups: [], admin: true })]).toEqual([undefined, undefined])
})

const made = (more: Partial<Deployment>, state = 'DEPLOYED', engineType = 'SAGEMAKER_RUNTIME') => ({ deployedModel: { id: 'd1', group: 'risk', state, engine: { name: 'churn-prod', engineType } }, transitions: [{ kind: 'DEPLOY', state: 'PLANNED', at: '2026-11-26T04:00:00.000Z' }], ...more }) as Deployment
it('only what is there, and stands still, can be undeployed', () => {
  expect(undeployRefusal(made({ verdict: 'DEPLOYED' }), ana)).toBeUndefined()
  expect(undeployRefusal(made({ verdict: 'FAILED' }, 'FAILED'), ana)).toBeUndefined()
  expect(undeployRefusal(made({}, 'UNDEPLOYED'), ana)).toContain('already')
  expect(undeployRefusal(made({}, 'DEPLOYING'), ana)).toContain('under way')
  expect(undeployRefusal(made({ verdict: 'TIMED_OUT' }, 'DEPLOYING'), ana)).toBeUndefined()
  expect(undeployRefusal(made({}, 'DEPLOYED', 'SPARK_RUNTIME'), ana)).toContain('SageMaker')
  expect(undeployRefusal(made({}), { username: 'ana', groups: [], admin: false })).toContain('group risk')
})
it('says how it went in words', () => {
  const removal = { operation: { kind: 'UNDEPLOY' } } as Partial<Deployment>
  expect(verdictWords(made({ verdict: 'DEPLOYED' }))).toBe('Deployed: churn-prod serves exactly the configuration asked for.')
  expect(verdictWords(made({ ...removal, verdict: 'FAILED' }, 'FAILED'))).toBe('Undeploying churn-prod failed.')
  expect(verdictWords(made({ verdict: 'CONFLICT' }, 'FAILED'))).toBe('Stopped: AWS holds something else than what was asked for.')
  expect([stepName('PLANNED', 'DEPLOY'), stepName('PLANNED', 'UNDEPLOY'), stepName('UNDEPLOYED', 'UNDEPLOY')]).toEqual(['Asked for', 'Removal asked for', 'Undeployed'])
  expect(verdictWords(made({ awsState: 'Creating' }, 'DEPLOYING'))).toBe('churn-prod is being made. AWS says Creating.')
  expect(verdictWords(made({ transitions: [] }))).toBe('An import found that churn-prod serves it.')
  expect([isMoving(made({})), isMoving(made({ verdict: 'DEPLOYED' })), isMoving(made({ transitions: [] }))]).toEqual([true, false, false])
})
it('what AWS has made nothing of yet can be taken back', () => {
  const at = (state: string, more: object = {}) => made({ operation: { kind: 'DEPLOY', state: 'RUNNING', ...more } as Deployment['operation'], transitions: [{ kind: 'DEPLOY', state, at: '2026-11-26T04:00:00.000Z' }] }, 'DEPLOYING')
  expect([canCancel(at('PLANNED')), canCancel(at('CONFIG_READY')), canCancel(at('WAITING')), canCancel(at('CONFIG_READY', { kind: 'UNDEPLOY' })), canCancel(at('FAILED', { state: 'ERROR' })), canCancel(made({}))]).toEqual([true, true, false, false, false, false])
})
it('finds the ticket and the running operation in what the server refused', () => {
  const refused = (code: string, more: object) => new ApiError({ type: 'about:blank', title: '', status: 409, detail: '', code, requestId: '', message: '', ...more } as Problem)
  expect(ticketOf(refused('APPROVAL_REQUIRED', { ticketId: 't1' }))).toBe('t1')
  expect(ticketOf(refused('FORBIDDEN', { ticketId: 't1' }))).toBeUndefined()
  expect(runningOf(refused('ALREADY_RUNNING', { operation: { id: 'o1' } }))?.id).toBe('o1')
  expect(runningOf(new Error('x'))).toBeUndefined()
})
