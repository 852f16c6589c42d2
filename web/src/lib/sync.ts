/** How old what is known of AWS is. */
import type { SageMakerFacts, SyncedAccount } from '../api/types'
import { duration, instant } from './time'

const ended = new Set(['Completed', 'Failed', 'Stopped'])

/** When AWS was last seen to say this: by the last whole look at its account, else when it was last written. What has ended does not change any more. */
export function seenAt(accounts: readonly SyncedAccount[] | undefined, facts: SageMakerFacts | undefined, written: string | undefined): string | undefined {
  const job = facts?.kind === 'TRANSFORM_JOB' || facts?.kind === 'TRAINING_JOB'
  if (!facts || facts.gone || (job && ended.has(facts.status ?? ''))) return written
  const looked = accounts?.find((one) => one.account === facts.account && one.region === facts.region)?.lastSucceeded
  return (instant(looked) ?? 0) > (instant(written) ?? 0) ? looked : written
}

/** When all accounts that let themselves be read were last seen: the time of the one that waits longest; nothing while one was not seen at all. */
export function lastSeen(accounts: readonly SyncedAccount[]): string | undefined {
  const readable = accounts.filter((one) => one.problems.length === 0)
  const times = (readable.length > 0 ? readable : accounts).map((one) => one.lastSucceeded)
  return times.includes(undefined) ? undefined : (times as string[]).sort()[0]
}

export type SyncState = 'Looking' | 'Up to date' | 'Refused' | 'Out of reach' | 'Held back' | 'Imported'

/** Where an account stands, in a word. */
export function syncState(one: SyncedAccount): SyncState {
  if (one.problems.length > 0) return one.problems.every((problem) => problem.code === 'Network') ? 'Out of reach' : 'Refused'
  if (one.throttled) return 'Held back'
  if (one.lastSucceeded) return 'Up to date'
  return one.state === 'RUNNING' ? 'Looking' : 'Imported'
}

/** What is said before the first regular look: accounts are known by their imports, and these have looked at what they brought. */
export function beforeFirstLook(accounts: readonly SyncedAccount[]): string {
  const seconds = Math.max(0, ...accounts.map((one) => one.intervalSeconds))
  return `Imported; AWS is looked at for changes ${seconds > 0 ? `within ${duration(1_000 * seconds)}` : 'soon'}`
}

/** Problems without those that say of another call what was said already. */
export function saidOnce(problems: SyncedAccount['problems']): SyncedAccount['problems'] {
  return problems.filter((one, index) => problems.findIndex((other) => other.message === one.message && other.permission === one.permission) === index)
}
