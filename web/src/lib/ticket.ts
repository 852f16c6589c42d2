/** Approval tickets: what is asked for, on what evidence, and what was decided. */
import { ApiError } from '../api/client'
import type { DeployableModel, DeployedModel, DeploymentInput, Notification } from '../api/types'
import { member, textOf } from './aws'
import { needsConfiguration } from './deployment'

export const ticketType = 'MODEL_APPROVAL_NOTIFICATION'
export const ticketTerm = `type:${ticketType}`
export const isTicket = (one: Pick<Notification, 'notificationType'>): boolean => one.notificationType === ticketType

export interface TicketAsset {
  name: string
  present: boolean
  /** Where it lies: the file, and whether the snapshot or its model has it. */
  place?: string
  url?: string
}

export interface Sibling {
  snapshotId?: string
  modelId?: string
  model: string
  decision?: string
}

export interface Evidence {
  configuration?: string
  /** Names, for who decides and may not look at the objects themselves. */
  snapshot?: string
  model?: string
  /** Slipway makes the configuration with the deployment. */
  made: boolean
  variants: object[]
  shadowVariants: object[]
  endpointName?: string
  account?: string
  region?: string
  reason?: string
  consoleUrl?: string
  deploymentConfig?: object
  assets: TicketAsset[]
  siblings: Sibling[]
  testJob?: TicketJob
  /** What ran for the model and not for this snapshot, where no test has run. */
  lastModelJob?: TicketJob
  testResult?: TicketResult
  /** What somebody posted: nothing that was found in the test's output. */
  reported?: TicketResult & { by: string }
  /** Whose hands were in it besides whoever asked. */
  editedBy: string[]
  comparator?: { result: string; reasons: string[] }
  /** How much the test job wrote, in a sentence. */
  written?: string
}

export interface TicketJob {
  id?: string
  name: string
  status: string
  failure?: string
  output?: string
  consoleUrl?: string
  /** Milliseconds. */
  duration?: number
}

export interface TicketResult {
  passed?: boolean
  measured?: Record<string, unknown>
  createdDate?: string
}

const assetNames: Record<string, string> = { documentation: 'Documentation', schema: 'Schema', 'training-data': 'Training data', 'test-data': 'Test data', 'result-comparator': 'Comparator' }

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
const objects = (value: unknown): object[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** `object` with the members that have a text. */
function texts<K extends string>(of: Record<K, unknown>): Partial<Record<K, string>> {
  const out: Partial<Record<K, string>> = {}
  for (const key of Object.keys(of) as K[]) {
    const text = textOf(of[key])
    if (text !== undefined) out[key] = text
  }
  return out
}

function assetOf(one: object): TicketAsset {
  const name = textOf(member(one, 'name')) ?? ''
  const place = [textOf(member(one, 'filename')), member(one, 'foundIn') === 'snapshot' ? 'of the snapshot' : member(one, 'foundIn') === 'model' ? 'of the model' : undefined].filter(Boolean).join(', ')
  return { name: assetNames[name] ?? name, present: member(one, 'present') === true, ...(place && { place }), ...texts({ url: member(one, 'url') }) }
}

function jobOf(one: unknown): TicketJob | undefined {
  if (!isObject(one)) return undefined
  const id = textOf(member(one, 'id'))
  const lasted = member(one, 'duration')
  return {
    ...texts({ id, failure: member(one, 'failureReason'), output: member(one, 'output'), consoleUrl: member(one, 'consoleUrl') }),
    name: textOf(member(one, 'name')) ?? id ?? 'a job', status: textOf(member(one, 'status')) ?? 'UNKNOWN', ...(typeof lasted === 'number' && { duration: lasted }),
  }
}

function resultOf(one: unknown): TicketResult | undefined {
  if (!isObject(one)) return undefined
  const passed = member(one, 'passed')
  const measured = member(one, 'testResults')
  return { ...texts({ createdDate: member(one, 'createdDate') }), ...(typeof passed === 'boolean' && { passed }), ...(isObject(measured) && { measured: measured as Record<string, unknown> }) }
}

/** Reads the evidence; members may be missing. */
export function evidenceOf(ticket: Pick<Notification, 'evidence'>): Evidence {
  const evidence = ticket.evidence ?? {}
  const subject = member(evidence, 'subject')
  const configuration = member(evidence, 'configuration')
  const asked = member(subject, 'configuration')
  const deploymentConfig = member(subject, 'deploymentConfig')
  const testJob = jobOf(member(evidence, 'testJob'))
  const lastModelJob = jobOf(member(evidence, 'lastModelJob'))
  const testResult = resultOf(member(evidence, 'testResult'))
  const reported = resultOf(member(evidence, 'reportedResult'))
  const edited = member(evidence, 'editedBy')
  const compared = textOf(member(member(evidence, 'comparator'), 'result'))
  const reasons = member(member(evidence, 'comparator'), 'reasons')
  return {
    ...texts({
      configuration: member(configuration, 'name'), snapshot: member(member(evidence, 'snapshot'), 'name'), model: member(member(evidence, 'model'), 'name'), endpointName: member(subject, 'endpointName'), account: member(subject, 'account') ?? member(evidence, 'account'),
      region: member(subject, 'region') ?? member(evidence, 'region'), reason: member(evidence, 'reason') ?? member(evidence, 'restartReason'), written: member(member(evidence, 'testOutput'), 'said'), consoleUrl: member(evidence, 'consoleUrl'),
    }),
    ...(testJob && { testJob }),
    ...(lastModelJob && { lastModelJob }),
    ...(testResult && { testResult }),
    ...(reported && { reported: { ...reported, by: textOf(member(member(evidence, 'reportedResult'), 'createdBy')) ?? 'somebody' } }),
    editedBy: (Array.isArray(edited) ? edited : []).filter((one) => typeof one === 'string'),
    ...(compared && { comparator: { result: compared, reasons: (Array.isArray(reasons) ? reasons : []).filter((one) => typeof one === 'string') } }),
    made: member(configuration, 'made') === true,
    variants: objects(member(asked, 'productionVariants')),
    shadowVariants: objects(member(asked, 'shadowProductionVariants')),
    ...(isObject(deploymentConfig) && { deploymentConfig }),
    assets: objects(member(evidence, 'assets')).map(assetOf),
    siblings: objects(member(evidence, 'siblings')).map((one) => ({ model: textOf(member(one, 'model')) ?? 'another model', ...texts({ snapshotId: member(one, 'deployableModelId'), modelId: member(one, 'storedModelId'), decision: member(one, 'decision') }) })),
  }
}

function instancesOf(variant: object): string {
  const type = textOf(member(variant, 'InstanceType'))
  return type ? `${textOf(member(variant, 'InitialInstanceCount')) ?? '1'} × ${type}` : 'serverless'
}

/** What approving allows, in one sentence. */
export function askedFor(evidence: Evidence): string {
  const endpoint = evidence.endpointName ? `the endpoint ${evidence.endpointName}` : 'an endpoint that Slipway names,'
  const running = [...evidence.variants, ...evidence.shadowVariants].map(instancesOf).join(' and ')
  const where = [evidence.region && `in ${evidence.region}`, evidence.account && `of account ${evidence.account}`].filter(Boolean).join(' ')
  const configuration = evidence.configuration && (evidence.made ? `, from a configuration ${evidence.configuration} that is made for it` : `, from the configuration ${evidence.configuration}`)
  return `Creates ${endpoint}${running ? ` with ${running}` : ''}${where ? ` ${where}` : ''}${configuration ?? ''}.`.replace(/,(?=[,.])/, '')
}

/** The run of a life cycle that waits for the decision. */
export const instanceOf = (ticket: Notification): string | undefined => textOf(member(ticket, 'processInstanceId'))

const decisions: Record<string, string> = { APPROVED: 'Approved', REJECTED: 'Rejected', EXPIRED: 'Expired', CANCELLED: 'Cancelled' }

/** A ticket's state as one of the words of decisions, `OPEN` before. */
export const ticketState = (ticket: Pick<Notification, 'decision' | 'open'>): string => ticket.decision?.decision ?? (ticket.open === false ? 'CANCELLED' : 'OPEN')
export const decisionWord = (decision: string | undefined): string => (decision ? (decisions[decision] ?? decision) : 'Not decided')

/** Another system decides it. The server tells: what has an issue there is decided here all the same once tickets are. */
export const decidedElsewhere = (ticket: Pick<Notification, 'assignment' | 'decidedHere'>): boolean => {
  if (ticket.decidedHere !== undefined) return !ticket.decidedHere
  const type = ticket.assignment?.assignmentType
  return type !== undefined && type !== 'BUILTIN_NOTIFICATION_ASSIGNMENT'
}

/** The issue, and what it says itself: the status of a ticket that is decided is the decision, and the issue may have been moved on since. */
export function issueWords(ticket: Pick<Notification, 'assignment' | 'decision' | 'open'>): string {
  const { issueKey, currentStatus } = ticket.assignment ?? {}
  return [issueKey, ticketState(ticket) === 'OPEN' && currentStatus].filter(Boolean).join(', ')
}

/** @param refused what the server answered the last attempt. @return why whoever asks cannot decide it here. */
export function decideRefusal(ticket: Notification, refused: unknown): string | undefined {
  if (ticket.decision || ticket.open === false) return 'It is decided already.'
  if (decidedElsewhere(ticket)) return `It is decided in ${ticket.assignment?.issueKey ?? 'another system'}.`
  if (ticket.mayDecide === false) return ticket.decisionRefusal?.message ?? 'It is decided by others.'
  return refused instanceof ApiError && refused.status === 403 ? refused.problem.detail : undefined
}

/** Whose decision an open ticket waits for, where that is told. */
export function waitsFor(ticket: Pick<Notification, 'decision' | 'open' | 'mayDecide'>): 'Waits for you' | 'Waits for others' | undefined {
  if (ticketState(ticket) !== 'OPEN' || ticket.mayDecide === undefined) return undefined
  return ticket.mayDecide ? 'Waits for you' : 'Waits for others'
}

/** @return what is wrong with a comment: the server counts bytes. */
export const decisionFault = (comment: string): string | undefined => (new TextEncoder().encode(comment.trim()).length > 4000 ? 'At most 4000 bytes.' : undefined)

/** Variants that the server filled in by itself: it does so again, to the letter, when they are left out. */
const byServer = ([first, ...others]: object[]): boolean => others.length === 0 && first !== undefined && textOf(member(first, 'VariantName')) === 'AllTraffic' && member(first, 'InitialVariantWeight') !== undefined

/** What must be asked for so that the approval counts: exactly what it was about. */
export function approvedWish(evidence: Evidence, snapshot: DeployableModel): Partial<DeploymentInput> {
  return {
    ...(evidence.endpointName && { endpointName: evidence.endpointName }),
    ...(needsConfiguration(snapshot) && !byServer(evidence.variants) && evidence.variants.length > 0 && { productionVariants: evidence.variants as NonNullable<DeploymentInput['productionVariants']> }),
    ...(evidence.deploymentConfig && { deploymentConfig: evidence.deploymentConfig as NonNullable<DeploymentInput['deploymentConfig']> }),
  }
}

/** What an approval leads to. */
export type Follows = 'press Deploy' | 'life cycle' | 'on its way' | 'deployed'

export const afterApproval: Record<Follows, string> = {
  'press Deploy': 'Nothing is deployed by that alone: press Deploy.',
  'life cycle': 'The life cycle that asked for it deploys it. Where it could not, press Deploy.',
  'on its way': 'It is on its way to the endpoint.',
  deployed: 'It is deployed.',
}

/** Whether a person may have to deploy it: beside a deployment under way another one is refused. */
export const offersDeploy = (follows: Follows): boolean => follows === 'press Deploy' || follows === 'life cycle'

/**
 * @param ofLifecycle that a life cycle asked and waits for the decision.
 * @param deployments of the snapshot; none for who may not see them. One on another endpoint, or of before the decision, is not what was approved.
 */
export function whatFollows(ticket: Notification, ofLifecycle: boolean, deployments: readonly Pick<DeployedModel, 'state' | 'engine' | 'createdDate'>[]): Follows {
  const wanted = evidenceOf(ticket).endpointName
  const decided = Date.parse(ticket.decision?.decidedAt ?? '')
  const follows = (one: Pick<DeployedModel, 'engine' | 'createdDate'>) => (wanted !== undefined ? one.engine.name === wanted : Date.parse(one.createdDate) >= decided)
  const following = deployments.filter(follows).map((one) => one.state)
  if (following.includes('DEPLOYED')) return 'deployed'
  if (following.includes('DEPLOYING')) return 'on its way'
  return ofLifecycle ? 'life cycle' : 'press Deploy'
}
