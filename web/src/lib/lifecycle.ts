/** Where an instance of a life cycle is: what its visits, waits and incidents say of each step. */
import type { EngineJob, Incident, Instance, ProcessDefinition, Variable, Visit } from '../api/types'
import { ahead, type Step } from './process'
import { isKnownState } from './status'

export type StepState = 'STUCK' | 'AT' | 'DONE' | 'ABORTED' | 'AHEAD' | 'LEFT_OUT'

/** Camunda writes an offset without a colon, which not every browser reads. */
export const instantOf = (text: string | null | undefined): number | undefined => {
  const value = Date.parse((text ?? '').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  return Number.isNaN(value) ? undefined : value
}

export const isRunning = (instance: Pick<Instance, 'state'>): boolean => instance.state === 'ACTIVE'

export const definitionName = (one: Pick<ProcessDefinition, 'name' | 'key'>): string => one.name || one.key
export const instanceName = (one: Pick<Instance, 'processDefinitionName' | 'processDefinitionKey'>): string => one.processDefinitionName || one.processDefinitionKey || 'Life cycle'

/** Stuck: running, but nothing goes on before a person does something, who is asked for it where a task is theirs. An end is neither good nor bad where an outcome says which. */
export function instanceState(one: Pick<Instance, 'state' | 'incidents' | 'outcome' | 'openTasks'>): string {
  if (isRunning(one) && (one.incidents ?? 0) > 0) return 'STUCK'
  if (isRunning(one) && (one.openTasks ?? 0) > 0) return 'WAITS_FOR_PERSON'
  return one.state === 'COMPLETED' && one.outcome ? 'ENDED' : one.state
}

/** The state that an outcome is like: one of a file that nobody knows here is bad only by its own words. */
export const outcomeState = (outcome: string): string => (isKnownState(outcome) ? outcome : /FAIL|ERROR|REJECT|REFUS|DENIED|TIME_?OUT|TIMED_OUT/i.test(outcome) ? 'FAILED' : 'ENDED')

/** `TEST_FAILED` as words: outcomes are set by the file of the life cycle, so that there can be any. */
export function outcomeWords(outcome: string | null | undefined): string | undefined {
  if (!outcome) return undefined
  const text = /^[A-Z0-9_]+$/.test(outcome) ? outcome.replaceAll('_', ' ').toLowerCase().replace('sagemaker', 'SageMaker') : outcome
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** It has ended at once, since the snapshot is none of its kind: none of its steps says anything of it. */
export const passedBy = (one: Pick<Instance, 'state' | 'outcome'>): boolean => !isRunning(one) && one.outcome === 'NOT_SAGEMAKER'

export interface StepFacts {
  state: StepState
  visits: Visit[]
  incidents: Incident[]
}

const isOpen = (visit: Visit): boolean => !visit.endTime

/** Facts of each step by its id; of a process without an instance all steps come. */
export function factsOf(steps: readonly Step[], visits: readonly Visit[], incidents: readonly Incident[], running: boolean): Map<string, StepFacts> {
  const here = running ? visits.filter(isOpen).map((visit) => visit.activityId) : []
  const coming = ahead(steps, here)
  const state = (id: string, of: readonly Visit[], stuck: readonly Incident[]): StepState => {
    if (stuck.length > 0) return 'STUCK'
    if (running && of.some(isOpen)) return 'AT'
    if (of.length > 0) return of.some((visit) => !visit.canceled && visit.endTime) ? 'DONE' : 'ABORTED'
    return coming.has(id) ? 'AHEAD' : 'LEFT_OUT'
  }
  return new Map(steps.map((step) => {
    const all = visits.filter((visit) => visit.activityId === step.id)
    // What stands around repetitions is none itself, unless there are none.
    const repeated = all.filter((visit) => visit.activityType !== 'multiInstanceBody')
    const own = repeated.length > 0 ? repeated : all
    const stuck = incidents.filter((one) => one.activityId === step.id && one.open !== false)
    return [step.id, { state: state(step.id, own, stuck), visits: own, incidents: stuck }]
  }))
}

/** What went wrong, in the words of what is stuck itself: that may be a process that it called. */
export const incidentMessage = (one: Pick<Incident, 'incidentMessage' | 'rootCauseIncidentMessage'>): string => one.incidentMessage ?? one.rootCauseIncidentMessage ?? ''

/** The innermost steps where something is: a subprocess is where its steps are. */
export function current(steps: readonly Step[], facts: ReadonlyMap<string, StepFacts>): Step[] {
  const here = steps.filter((step) => ['STUCK', 'AT'].includes(facts.get(step.id)?.state ?? ''))
  return here.filter((step) => !here.some((inner) => inner.parent === step.id))
}

/** What a run that failed came to grief on, in the words that its process keeps for people. */
export function failureOf(variables: readonly Pick<Variable, 'name' | 'value' | 'state'>[]): string {
  const found = variables.find((one) => one.name === 'ERROR_MESSAGE' && one.state !== 'DELETED')
  return typeof found?.value === 'string' ? found.value : ''
}

/** One sentence: where it is, or how it ended. @param failure failureOf() */
export function headline(instance: Instance, where: readonly Step[], facts: ReadonlyMap<string, StepFacts>, failure = ''): string {
  const outcome = outcomeWords(instance.outcome)
  if (!isRunning(instance)) {
    const how = { COMPLETED: 'It has ended', EXTERNALLY_TERMINATED: 'It was cancelled', INTERNALLY_TERMINATED: 'It failed' }[instance.state as string] ?? 'It has ended'
    const reason = instance.deleteReason || (/FAILED/.test(instance.outcome ?? '') ? failure : '')
    const why = reason ? `${reason.replace(/\.$/, '')}.` : ''
    return `${how}${outcome ? `: ${outcome.toLowerCase().replace('sagemaker', 'SageMaker')}` : ''}. ${why}`.trim()
  }
  if (where.length === 0) return 'It is between two steps.'
  const stuck = where.filter((step) => facts.get(step.id)?.state === 'STUCK')
  const names = (all: readonly Step[]) => all.map((step) => `“${step.name}”`).join(' and ')
  if (stuck.length > 0) return `It is stuck at ${names(stuck)} until a person tries again or cancels it.`
  return [`It is at ${names(where)}.`, (instance.openTasks ?? 0) > 0 && 'It waits for a person.', instance.waitsFor].filter(Boolean).join(' ')
}

/** Why a step waits, where the engine's own work says it. */
export function waitOf(job: EngineJob, ago: (at: number) => string): string | undefined {
  const due = instantOf(job.dueDate)
  if (job.jobType?.toLowerCase().includes('timer')) return due === undefined ? 'Waits for its time' : `Its time comes ${ago(due)}`
  if (!job.exceptionMessage) return undefined
  return job.retries > 0 && due !== undefined ? `Failed: ${job.exceptionMessage} It is tried again ${ago(due)}, ${job.retries} more ${job.retries === 1 ? 'time' : 'times'}.` : `Failed: ${job.exceptionMessage}`
}

/** A value as it is shown: JSON with its lines, text as it is. */
export function valueText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value, undefined, 2) ?? ''
  if (!/^\s*[[{]/.test(value)) return value
  try {
    return JSON.stringify(JSON.parse(value), undefined, 2)
  } catch {
    return value
  }
}

/** What keeps a file from being deployed. The reader of files and the compiler put the rule on different sides. */
export interface Finding {
  element: string
  found: string
  instead: string
  file?: string
}

export function findings(errors: readonly { pointer: string; expected: string; got: string }[]): Finding[] {
  return errors.map(({ pointer, expected, got }) => ({ element: pointer, found: sentence(got.replace(/^(line \d+), [A-Z][A-Z0-9_]*: /, '$1: ')), instead: sentence(expected.replace(/^[a-z]+(-[a-z]+)*: /, '')) }))
}

/** As a person reads it, without the code of a rule in front: `RULE: …`, and above `line 12, SCRIPT: …` and `default-flow: …`. What begins with code is left as it is to be typed. */
const sentence = (text: string): string => {
  const plain = text.replace(/^[A-Z][A-Z0-9_]+: /, '')
  return /^[a-z]+(?=[ ,]|: |$)/.test(plain) ? plain.charAt(0).toUpperCase() + plain.slice(1) : plain
}

/** What a file must be called for something of it to run: by that the server tells a process from what it only keeps. */
export const runnable = ['.bpmn', '.bpmn20.xml', '.dmn', '.dmn11.xml'] as const

export const runs = (name: string): boolean => runnable.some((ending) => name.endsWith(ending))
