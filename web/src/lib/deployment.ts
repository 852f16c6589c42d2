/** Deploying a SageMaker snapshot: what may be asked for, and how it went, in words. */
import { ApiError } from '../api/client'
import type { DeployableModel, DeployedModel, Deployment, DeploymentInput, Operation } from '../api/types'
import { member, textOf } from './aws'
import { shellQuote } from './commands'
import { lacks, type Who } from './rights'

/** AWS's own rule for names of endpoints. */
const endpointPattern = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/

export interface DeployDraft {
  endpointName: string
  reason: string
  instanceType: string
  instanceCount: string
}

export const emptyWish: DeployDraft = { endpointName: '', reason: '', instanceType: '', instanceCount: '' }

/** AWS has no configuration for it: one is made with the deployment. */
export const needsConfiguration = (snapshot: DeployableModel): boolean => snapshot.sageMaker !== undefined && !snapshot.sageMaker.arn

/** @return what is wrong with a field, by its name; nothing where it will do. */
export function draftFaults(draft: DeployDraft): Partial<Record<keyof DeployDraft, string>> {
  const name = draft.endpointName.trim()
  const type = draft.instanceType.trim()
  const number = draft.instanceCount.trim()
  return {
    ...(name && !endpointPattern.test(name) && { endpointName: 'Letters, digits and hyphens, at most 63; it begins and ends with a letter or a digit.' }),
    ...(type && !/^ml\.[a-z0-9-]+\.[a-z0-9-]+$/.test(type) && { instanceType: "One of AWS's types, such as ml.m5.large." }),
    ...(!type && number && { instanceType: 'Say of which type, or leave the number empty as well.' }),
    ...(number && !/^[1-9]\d{0,3}$/.test(number) && { instanceCount: 'A whole number from 1.' }),
  }
}

/** The same shape as the command line sends, so that one approval counts for both. */
function variantsOf(draft: DeployDraft, snapshot: DeployableModel): DeploymentInput['productionVariants'] {
  if (!draft.instanceType.trim() || !needsConfiguration(snapshot)) return undefined
  const ModelName = textOf(member(member(snapshot.storedModel, 'sageMaker'), 'name')) ?? snapshot.storedModel.modelMetaData?.name ?? ''
  return [{ VariantName: 'AllTraffic', ModelName, InstanceType: draft.instanceType.trim(), InitialInstanceCount: Number(draft.instanceCount.trim() || '1') }]
}

/** What is sent; `approved` is what a ticket was about, which must be asked for to the letter. */
export function deployRequest(snapshot: DeployableModel, draft: DeployDraft, approved?: Partial<DeploymentInput>): DeploymentInput {
  const productionVariants = variantsOf(draft, snapshot)
  const endpointName = draft.endpointName.trim()
  const reason = draft.reason.trim()
  const wish = approved ?? { ...(endpointName && { endpointName }), ...(productionVariants && { productionVariants }) }
  return { deployableModelId: snapshot.id, ...wish, ...(reason && { reason }) }
}

/** The same wish for the command line; nothing where it has no words for it. */
export function deployLine(request: DeploymentInput): string | undefined {
  const [variant, ...others] = request.productionVariants ?? []
  if (others.length > 0 || request.deploymentConfig) return undefined
  const type = textOf(member(variant, 'InstanceType'))
  const number = textOf(member(variant, 'InitialInstanceCount'))
  const words = ['slipway', 'deploy', shellQuote(request.deployableModelId)]
  if (request.endpointName) words.push('--endpoint', shellQuote(request.endpointName))
  if (type) words.push('--instance-type', shellQuote(type))
  if (type && number && number !== '1') words.push('--instance-count', number)
  if (request.reason) words.push('--reason', shellQuote(request.reason))
  return words.join(' ')
}

/** @return why a snapshot cannot be deployed; nothing when it can be asked for. */
export function deployRefusal(snapshot: DeployableModel, session: Who | null | undefined): string | undefined {
  if (!snapshot.sageMaker) return 'Only snapshots of SageMaker models go to an endpoint. Batch jobs run from this one: press New job.'
  if (snapshot.sageMaker.gone) return 'Its configuration was deleted in AWS. Import the model again and deploy a snapshot that is there.'
  return lacks(session, 'EXECUTE', 'deployableModels', snapshot)
}

/** @return why a deployment cannot be ended; nothing when it can. */
export function undeployRefusal({ deployedModel, operation, verdict }: Deployment, session: Who | null | undefined): string | undefined {
  if (deployedModel.engine.engineType !== 'SAGEMAKER_RUNTIME') return 'Only deployments on SageMaker endpoints are ended here.'
  if (deployedModel.state === 'UNDEPLOYED') return 'It is undeployed already.'
  const moves = deployedModel.state === 'DEPLOYING' || deployedModel.state === 'UNDEPLOYING'
  if (operation?.state === 'RUNNING' || (moves && verdict !== 'TIMED_OUT')) return 'A change is under way. Wait for its end.'
  return lacks(session, 'EXECUTE', 'deployedModels', deployedModel)
}

/** The ticket that a refused wish waits for. */
export function ticketOf(error: unknown): string | undefined {
  if (!(error instanceof ApiError) || error.problem.code !== 'APPROVAL_REQUIRED') return undefined
  return textOf(member(error.problem, 'ticketId'))
}

/** The operation that does already what was asked for. */
export function runningOf(error: unknown): Operation | undefined {
  return error instanceof ApiError && error.problem.code === 'ALREADY_RUNNING' ? error.problem.operation : undefined
}

export const endpointOf = (deployed: Pick<DeployedModel, 'engine'>): string => deployed.engine.name ?? 'the endpoint'

/** Whether the last run is one that takes the endpoint away. */
export const isRemoval = (deployment: Deployment): boolean => deployment.operation?.kind === 'UNDEPLOY' || deployment.deployedModel.state === 'UNDEPLOYING'

/** Where it stands, or how it ended, in one sentence. */
export function verdictWords(deployment: Deployment): string {
  const { verdict, deployedModel, awsState, transitions } = deployment
  const endpoint = endpointOf(deployedModel)
  const removal = isRemoval(deployment)
  switch (verdict) {
    case 'DEPLOYED': return `Deployed: ${endpoint} serves exactly the configuration asked for.`
    case 'UNDEPLOYED': return `Undeployed: ${endpoint} is no more in AWS.`
    case 'FAILED': return removal ? `Undeploying ${endpoint} failed.` : `Deploying to ${endpoint} failed.`
    case 'CONFLICT': return removal ? `${endpoint} was left alone: what is in AWS under its name is not what was deployed.` : 'Stopped: AWS holds something else than what was asked for.'
    case 'TIMED_OUT': return deployedModel.state === 'DEPLOYING' || deployedModel.state === 'UNDEPLOYING' ? 'AWS came to no end in time. The next sync tells what became of it.' : 'AWS came to no end in time.'
    case 'CANCELLED': return 'Cancelled before AWS made an endpoint.'
    case undefined:
  }
  if (transitions.length === 0) return deployedModel.state === 'DEPLOYED' ? `An import found that ${endpoint} serves it.` : 'An import found it so in AWS; Slipway did not start it.'
  const doing = removal ? `${endpoint} is being removed.` : `${endpoint} is being made.`
  return awsState ? `${doing} AWS says ${awsState}.` : doing
}

const steps: Record<string, string> = {
  PLANNED: 'Asked for', CONFIG_READY: 'Configuration ready in AWS', REQUESTED: 'About to be asked of AWS', WAITING: 'AWS works on it',
  DEPLOYED: 'Deployed', FAILED: 'Failed', CONFLICT: 'Stopped: AWS holds something else', TIMED_OUT: 'Given up waiting', CANCELLED: 'Cancelled', UNDEPLOYED: 'Undeployed', ROLLED_BACK: 'Rolled back by AWS',
}

const stepsOfRemoval: Record<string, string> = {
  PLANNED: 'Removal asked for', REQUESTED: 'About to be asked of AWS', WAITING: 'AWS removes it', FAILED: 'Not removed', CONFLICT: 'Left alone: AWS holds something else', CANCELLED: 'Removal cancelled',
}

export const stepName = (state: string, kind = 'DEPLOY'): string => (kind === 'UNDEPLOY' ? stepsOfRemoval[state] : undefined) ?? steps[state] ?? state

/** AWS has made nothing yet: it can be taken back, as while it waits for a quota or a key. */
export const canCancel = ({ operation, transitions }: Deployment): boolean =>
  operation?.kind === 'DEPLOY' && operation.state === 'RUNNING' && ['PLANNED', 'CONFIG_READY'].includes(transitions.at(-1)?.state ?? '')

/** Still moving: to be asked for again soon. */
export const isMoving = (deployment: Deployment): boolean => deployment.verdict === undefined && deployment.transitions.length > 0
