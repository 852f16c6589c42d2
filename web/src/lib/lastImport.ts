/** What is not known of a model, because its last import did not see everything. */
import type { LastImport, UnreadStage } from '../api/types'
import { stageName } from './operation'
import { clockOf } from './time'

/** Parts of a model's page, by the stages of an import that they come from. */
export const partsOf = {
  deployments: ['endpointConfigurations', 'endpoints', 'register'],
  snapshots: ['endpointConfigurations', 'register'],
  jobs: ['trainingJobs', 'transformJobs', 'register'],
  trainedBy: ['trainingJobs', 'register'],
} as const

/** "sagemaker:ListEndpoints is missing". */
export function whyUnread(one: UnreadStage): string {
  if (one.permission) return `the permission ${one.permission} is missing`
  if (one.operation) return `${one.operation} failed${one.code ? `: ${one.code}` : ''}`
  return one.outcome ? 'AWS did not answer' : 'it was not reached'
}

const nouns: Record<string, string> = { model: 'the model', tags: 'tags', trainingJobs: 'training jobs', transformJobs: 'transform jobs', endpointConfigurations: 'endpoint configurations', endpoints: 'endpoints', register: 'all that it had found' }

const nounOf = (stage: string): string => nouns[stage] ?? stageName(stage).toLowerCase()

const list = (words: string[]): string => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`)

const once = (words: string[]): string[] => [...new Set(words)]

const nounsOf = (unread: readonly UnreadStage[]): string => list(once(unread.map((one) => nounOf(one.stage))))

/** Writing comes last: what was not even read needs no word on that. */
function read(missing: readonly UnreadStage[]): string {
  const lists = missing.filter((one) => one.stage !== 'register')
  return lists.length > 0 ? `read ${nounsOf(lists)}` : 'written what it found'
}

function when(last: LastImport): string {
  const at = Date.parse(last.at)
  return Number.isNaN(at) ? 'the last import' : `the import of ${clockOf(at)}`
}

/**
 * Why a part of the page may lack something, as the rest of a sentence: "the import of 25 Nov, 23:41 could not list endpoints (…)".
 * @return nothing when the last import saw all of it.
 */
export function notKnown(last: LastImport | undefined, stages: readonly string[]): string | undefined {
  const missing = last?.unread.filter((one) => stages.includes(one.stage)) ?? []
  if (!last || missing.length === 0) return undefined
  const tried = missing.filter((one) => one.outcome || one.operation || one.permission)
  if (tried.length > 0) return `${when(last)} could not list ${nounsOf(tried)} (${list(once(tried.map(whyUnread)))})`
  return last.state === 'CANCELLED' ? `${when(last)} was cancelled before it had ${read(missing)}` : `${when(last)} ended before it had ${read(missing)}`
}

/** One line for each thing that was not read: "Endpoints: the permission sagemaker:ListEndpoints is missing". */
export const unreadLines = (last: LastImport): string[] => once(last.unread.map((one) => `${stageName(one.stage)}: ${whyUnread(one)}`))

export function importTitle(last: LastImport): string {
  switch (last.state) {
    case 'CANCELLED':
      return 'The last import was cancelled'
    case 'ERROR':
      return 'The last import failed'
    case 'COMPLETE':
      return 'The last import did not see everything'
  }
}

/** That no training job is known of, and whether that means there is none. */
export function trainedByNobody(last: LastImport | undefined, importing: boolean): string {
  const unknown = notKnown(last, partsOf.trainedBy)
  if (unknown) return `Not known: ${unknown}.`
  if (importing) return 'Not known yet: an import is under way.'
  return "No training job of this account wrote the model's artifact."
}
