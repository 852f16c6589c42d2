/** Progress of a long operation, in words and numbers. */
import type { Operation, OperationProblem, OperationStage } from '../api/types'
import { to } from './links'
import { duration } from './time'

const stageNames: Record<string, string> = {
  model: 'Model',
  tags: 'Tags',
  trainingJobs: 'Training jobs',
  transformJobs: 'Transform jobs',
  endpointConfigs: 'Endpoint configurations',
  endpointConfigurations: 'Endpoint configurations',
  endpoints: 'Endpoints',
  register: 'Written to the registry',
  check: 'Configuration looked at',
  configuration: 'Configuration in AWS',
  endpoint: 'Endpoint',
}

export type StageState = 'waiting' | 'running' | 'done' | 'refused' | 'incomplete' | 'notReached'

/** `model_package` and `trainingJobs` read as words, whatever the server calls a stage. */
export function stageName(name: string): string {
  const known = stageNames[name]
  if (known) return known
  // Of a look at the accounts each stage is one: `123456789012 eu-west-1`.
  if (/^\d+[ /]/.test(name)) return name.replace('/', ' ')
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const outcomes = { COMPLETE: 'done', REFUSED: 'refused', INCOMPLETE: 'incomplete' } as const

const isBegun = (stage: OperationStage): boolean => stage.done > 0 || stage.total !== undefined || (stage.skipped ?? 0) > 0
const isFull = (stage: OperationStage): boolean => stage.total !== undefined && stage.done >= stage.total

/** A stage has ended when the server says how. The first that has not is under way, unless the operation ended before it. */
export function stageState(operation: Operation, index: number): StageState {
  const stage = operation.stages[index]
  if (!stage) return 'waiting'
  if (stage.outcome) return outcomes[stage.outcome]
  if (!isImport(operation)) return stepState(operation, index)
  const silent = operation.stages.every((one) => one.outcome === undefined)
  if (operation.state !== 'RUNNING') return silent ? beforeOutcomes(operation, stage) : 'notReached'
  return isBegun(stage) || operation.stages.findIndex((one) => one.outcome === undefined) === index ? 'running' : 'waiting'
}

/** Deployments go one step after the other, and say no outcome: the first that is not full is where they are, or where they ended. */
function stepState(operation: Operation, index: number): StageState {
  const at = operation.stages.findIndex((stage) => !isFull(stage))
  if (at < 0 || index < at) return 'done'
  if (operation.state === 'RUNNING') return index === at ? 'running' : 'waiting'
  return index === at && operation.state === 'ERROR' ? 'incomplete' : 'notReached'
}

/** Of operations that are older than `outcome`. */
function beforeOutcomes(operation: Operation, stage: OperationStage): StageState {
  if (stage.note && !isFull(stage)) return 'incomplete'
  return operation.state === 'COMPLETE' || isFull(stage) ? 'done' : 'notReached'
}

const hasEnded = (state: StageState): boolean => state === 'done' || state === 'refused' || state === 'incomplete'

/** "12 of 40, 3 known already". */
export function stageCount(stage: OperationStage): string {
  const count = stage.total !== undefined ? `${stage.done} of ${stage.total}` : stage.done > 0 ? `${stage.done}` : ''
  const skipped = stage.skipped ? `${stage.skipped} known already` : ''
  return [count, skipped].filter(Boolean).join(', ')
}

const ofThisModel = /^\d+ of this model\b/

/** Count and note of a stage as they are shown: once it has ended, what belongs to the model is what a person wants to know, and one count is enough. */
export function stageWords(stage: OperationStage): { count: string; note?: string } {
  const { note, outcome } = stage
  if (note && ofThisModel.test(note)) return { count: outcome ? note : stageCount(stage) }
  return { count: stageCount(stage), ...(note && { note }) }
}

/** Between 0 and 1: each stage counts the same, since nobody knows how long the later ones are. */
export function progress(operation: Operation): number {
  if (operation.state === 'COMPLETE') return 1
  if (operation.stages.length === 0) return 0
  const parts = operation.stages.map((stage, index) => {
    if (hasEnded(stageState(operation, index))) return 1
    return stage.total ? Math.min(1, stage.done / stage.total) : 0
  })
  return parts.reduce((sum, one) => sum + one, 0) / parts.length
}

/** What was told about secrets that came with the request: no fault, but a person should know. */
export function sealedSecrets(operation: Operation): string[] {
  return [...new Set(operation.problems.filter(isSealed).map((problem) => problem.message))]
}

const isSealed = (problem: OperationProblem): boolean => problem.code === 'SECRET_SEALED'

/** What went wrong. */
export const faultsOf = (operation: Operation): OperationProblem[] => operation.problems.filter((problem) => !isSealed(problem))

/** Complete in the server's word, but not all of it was seen. */
export const isPartial = (operation: Operation): boolean => operation.state === 'COMPLETE' && (faultsOf(operation).length > 0 || operation.stages.some((stage) => stage.outcome === 'REFUSED' || stage.outcome === 'INCOMPLETE'))

/** Its state as a status: one that ended with less than everything does not look like one that saw it all. */
export const statusOf = (operation: Operation): string => (isPartial(operation) ? 'PARTIAL' : operation.state)

export function modelNameOf(operation: Operation): string {
  const name = operation.request?.['modelName']
  return typeof name === 'string' ? name : 'a model'
}

export const isImport = (operation: Operation): boolean => operation.kind === 'IMPORT' || operation.kind === 'SYNC'

/** What it is about, in a word: the model of an import, the endpoint of a deployment. */
export function subjectOf(operation: Operation): string {
  if (operation.kind === 'SYNC') return 'Look at AWS'
  if (isImport(operation)) return modelNameOf(operation)
  const name = operation.request?.['endpointName']
  const endpoint = typeof name === 'string' && name ? name : 'an endpoint'
  return operation.kind === 'UNDEPLOY' ? `Undeploy ${endpoint}` : `Deploy ${endpoint}`
}

/** What a short list shows: all that is under way, then what ended last. */
export function underWayFirst(running: readonly Operation[], last: readonly Operation[]): Operation[] {
  const known = new Set(running.map((one) => one.id))
  return [...running, ...last.filter((one) => one.state !== 'RUNNING' && !known.has(one.id))]
}

/** The import of a model that is under way, if there is one. */
export function importOf(storedModelId: string, running: readonly Operation[]): Operation | undefined {
  return running.find((one) => one.state === 'RUNNING' && isImport(one) && one.storedModelId === storedModelId)
}

/** Where it is followed. */
export function operationHref(operation: Operation): string {
  return !isImport(operation) && operation.deployedModelId ? to.deployment(operation.deployedModelId) : to.import(operation.id)
}

/** One sentence: where it stands. */
export function headline(operation: Operation, now: number): string {
  const took = operation.finished ? duration(Date.parse(operation.finished) - Date.parse(operation.created)) : duration(now - Date.parse(operation.created))
  switch (operation.state) {
    case 'RUNNING':
      if (operation.cancelRequested) return 'Stopping. What was found so far is kept.'
      return operation.etaSeconds !== undefined ? `Running for ${took}, about ${duration(operation.etaSeconds * 1000)} left.` : `Running for ${took}.`
    case 'COMPLETE':
      return faultsOf(operation).length > 0 ? `Done after ${took}, with ${count(faultsOf(operation).length, 'problem')}: what was found is kept.` : `Done after ${took}.`
    case 'CANCELLED':
      return `Cancelled after ${took}. What was found until then is kept.`
    case 'ERROR':
      return `Failed after ${took}. ${faultsOf(operation).at(-1)?.message ?? ''}`.trim()
  }
}

export function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`
}

/** Operations whose policy cannot name single resources. */
const unscoped = /:(List|Search)/

/** The statement that grants what was missing, ready to paste into an IAM policy. */
export function policyFor(problems: OperationProblem[]): string | undefined {
  const actions = [...new Set(problems.flatMap((problem) => (problem.permission ? [problem.permission] : [])))].sort()
  if (actions.length === 0) return undefined
  const resource = actions.every((action) => unscoped.test(action)) ? '*' : 'arn:aws:sagemaker:*:*:*'
  const statement = { Effect: 'Allow', Action: actions, Resource: actions.some((action) => unscoped.test(action)) ? '*' : resource }
  return JSON.stringify(statement, null, 2)
}
