/** What happened to a job, in a sentence and as a timeline. */
import type { AuditRecord, Job, Runtime } from '../api/types'
import { offlineSince, whyNothingIsPicked } from './sparkRuntime'
import { clockOf, duration, instant } from './time'

export interface Moment {
  what: string
  at: number
  by?: string
  /** What went on until the next moment: "ran 13 min". */
  then?: string
}

const meanwhile = { waited: 'waited', ran: 'ran', stopping: 'was being stopped' } as const

type Draft = Moment & { meanwhile?: keyof typeof meanwhile }

/** The moments that are known, in order. `audit` tells who claimed it. */
export function timeline(job: Job, audit: readonly AuditRecord[] = []): Moment[] {
  const moments: Draft[] = []
  const add = (what: string, at: string | number | undefined, more: Partial<Draft> = {}) => {
    const value = instant(at)
    if (value !== undefined) moments.push({ what, at: value, ...more })
  }
  const claim = audit.find((record) => record.changes.some((change) => change.path === '/owner' && change.op !== 'remove'))
  if (job.sageMaker) add('Created in AWS', job.sageMaker.creationTime, { meanwhile: 'waited' })
  else add('Created', job.createdDate, { by: job.createdBy, meanwhile: 'waited' })
  if (claim) add('Claimed', claim.createdDate, { by: job.targetEngine?.name ?? claim.createdBy, meanwhile: 'waited' })
  // What AWS makes waits from its first moment on.
  if (!job.sageMaker) add('Submitted', job.jobWaitTime, { meanwhile: 'waited' })
  add('Began to run', job.jobRunTime, { meanwhile: 'ran' })
  add('Cancelling was asked for', job.cancelRequested?.at, { ...(job.cancelRequested?.by && { by: job.cancelRequested.by }), meanwhile: 'stopping' })
  add(endWord(job), job.jobEndTime)
  moments.sort((a, b) => a.at - b.at)
  return moments.map(({ meanwhile: doing, ...moment }, index) => {
    const next = moments[index + 1]
    return next && doing && next.at > moment.at ? { ...moment, then: `${meanwhile[doing]} ${duration(next.at - moment.at)}` } : moment
  })
}

export const hasEnded = (job: Pick<Job, 'jobStatus'>): boolean => ['COMPLETE', 'ERROR', 'CANCELLED'].includes(job.jobStatus)

function endWord(job: Job): string {
  return job.jobStatus === 'COMPLETE' ? 'Completed' : job.jobStatus === 'ERROR' ? 'Failed' : job.jobStatus === 'CANCELLED' ? 'Cancelled' : 'Ended'
}

/** Lines begin with the time at which they were written, and with their stream where the model wrote them; a sentence needs neither. */
const stream = /^(?:stdout|stderr): /
const written = /^\d{4}[/-]\d\d[/-]\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?\s/

/** The exception of the JVM behind one of Python's, whose line says only which call met it: its first line, and its deepest cause where that says more. */
function withJava(error: string, rest: readonly string[]): string {
  const first = rest[0]?.startsWith(': ') ? rest[0].slice(2) : undefined
  if (!first) return error
  const end = rest.findIndex((line, at) => at > 0 && !/^(\s*at |\s*\.\.\. |Caused by: )/.test(line))
  const cause = rest.slice(1, end < 0 ? undefined : end).findLast((line) => line.startsWith('Caused by: '))?.slice('Caused by: '.length)
  const saysMore = cause && !first.includes(cause.replace(/^\S+: /, ''))
  return `${error.split(':')[0]}: ${first}${saysMore ? `; caused by ${cause}` : ''}`
}

/** What Python raised last: the line after the frames of the last traceback. */
export function raised(lines: readonly string[]): string | undefined {
  const start = lines.findLastIndex((line) => line.includes('Traceback (most recent call last):'))
  if (start < 0) return undefined
  const at = lines.findIndex((line, number) => number > start && /^[A-Za-z_][\w.]*(:|$)/.test(line))
  return at < 0 ? undefined : withJava(lines[at]!, lines.slice(at + 1))
}

/** Where a person looks first: with the error, which Spark's launcher puts among what the model prints. */
export function firstStream(job: Pick<Job, 'jobStatus' | 'jobMessages'>): 'stdout' | 'stderr' {
  if (job.jobStatus !== 'ERROR') return 'stdout'
  return (job.jobMessages ?? []).some((line) => /(^|\s)stdout: Traceback \(/.test(line)) ? 'stdout' : 'stderr'
}

/** The last line that says something: of a traceback the error, not the first frame. */
export function reason(job: Job): string | undefined {
  if (job.sageMaker?.failureReason) return job.sageMaker.failureReason
  const lines = (job.jobMessages ?? []).flatMap((message) => message.split('\n')).map((line) => line.replace(written, '').replace(stream, '').trimEnd()).filter(Boolean)
  const last = lines.at(-1)?.trim()
  if (last && /^Stopped after /.test(last)) return last // what the model raised before, it went on from
  const error = raised(lines)
  // The runtime's word on the end is its last message as well, unless that was lost, or is about something else.
  const own = last && /^Failed after /.test(last) ? last : job.statusReason || last
  return error ? `the model raised ${error}` : own
}

/** Addresses of declared outputs that were not there when the function had returned. */
export function missingOutputs(job: Job): string[] {
  const said = new Set((job.jobMessages ?? []).map((line) => line.replace(written, '')))
  return (job.outputData ?? []).flatMap(({ fileUrl }) => (fileUrl && said.has(`Output ${fileUrl} is not there.`) ? [fileUrl] : []))
}

/** What keeps a job that is not launched yet from being so soon; nothing where it only waits for its turn. */
function hold(job: Job, runtime: Runtime, now: number): string | undefined {
  const why = whyNothingIsPicked(runtime, now)
  if (!why) return undefined
  if (job.owner) return `${runtime.name} has taken it, but launches nothing now. ${why}`
  if (runtime.state !== 'OFFLINE') return `Waits for the runtime ${runtime.name}. ${why}`
  const since = offlineSince(runtime)
  return `Waits for the runtime ${runtime.name}, which is offline${since === undefined ? '' : ` since ${clockOf(since)}`}. ${why}`
}

/** What its runtime says of a job whose application the cluster does not know any more: since when, and when it ends. */
function forgotten(job: Job): string | undefined {
  const last = (job.jobMessages ?? []).at(-1)?.replace(written, '')
  return last?.startsWith('Waits for the cluster to know ') ? last : undefined
}

/** @param runtime the one that the job is for; `unknown` where none is to be seen under the name that it wants. */
export function sentence(job: Job, now: number, runtime?: Runtime | 'unknown'): string {
  const began = instant(job.jobRunTime)
  const ran = job.jobDuration ?? (began !== undefined ? (instant(job.jobEndTime) ?? now) - began : undefined)
  const after = ran !== undefined ? ` after ${duration(ran)}` : ''
  switch (job.jobStatus) {
    case 'CREATED':
      if (runtime === 'unknown') return `No runtime called ${job.targetEngine?.name ?? job.targetEngine?.id} is enrolled for the group ${job.group}; the job waits for it.`
      if (runtime && !job.sageMaker && hold(job, runtime, now)) return hold(job, runtime, now)!
      if (job.owner) return `${job.targetEngine?.name ?? 'A runtime'} has taken it and prepares it.`
      return job.targetEngine?.name ? `Waits until ${job.targetEngine.name} takes it.` : 'Waits until a runtime takes it.'
    case 'WAITING':
      if (forgotten(job)) return `Was submitted. ${forgotten(job)}`
      return job.sparkApplication?.id ? 'Was submitted; the cluster has accepted it and will run it when there is room.' : 'Was submitted and waits for its turn.'
    case 'RUNNING':
      if (forgotten(job)) return `${job.cancelRequested ? 'Is being cancelled.' : 'Runs, as far as is known.'} ${forgotten(job)}`
      return job.cancelRequested ? 'Is being cancelled.' : `Running${ran !== undefined ? ` for ${duration(ran)}` : ''}.`
    case 'COMPLETE':
      return `Completed${after}${missingOutputs(job).length > 0 ? ', but wrote not every output that it was to' : ''}.`
    case 'CANCELLED':
      return `Cancelled${after}.`
    case 'ERROR': {
      const why = reason(job)
      if (why && /^(Failed|Stopped) after /.test(why)) return why  // the runtime's own word on its end
      return why ? `Failed${after}: ${why}` : `Failed${after}. Nothing says why.`
    }
  }
}

/** @return where its application is followed. The driver's own page ends with it; addresses that last (of YARN, of a history server) name the application. */
export function followedAt(job: Job): { url: string; lasts: boolean } | undefined {
  const { id, trackingUrl: url } = job.sparkApplication ?? {}
  return url ? { url, lasts: !hasEnded(job) || !id || url.includes(id) } : undefined
}

/** @return why it cannot be cancelled; nothing when it can. */
export function cancelRefusal(job: Job): string | undefined {
  if (hasEnded(job)) return 'It has ended.'
  if (job.cancelRequested) return 'Cancelling was asked for already.'
  return undefined
}

/** What follows where a job is cancelled that has not ended. */
export function cancelConsequence(job: Job): string {
  if (job.sageMaker) return 'SageMaker is told to stop it. What it has written to S3 stays, whole or not. It can be run again later.'
  if (job.jobStatus === 'CREATED') return 'It has not begun: nothing runs for it yet, and nothing will.'
  const what = job.sparkApplication?.id ? `Its application ${job.sparkApplication.id}` : 'What was submitted for it'
  return `${what} is killed on the cluster. What it has written stays where it is, whole or not. It can be run again later.`
}

/** Without word for so long a runtime is taken for gone; the server does the same. */
const silence = 60_000

/** @return why the runtime that has taken the job will not go on with it; nothing when it does, or when nobody has. */
export function ownerGone(job: Job, runtime: Runtime | undefined, now: number): string | undefined {
  if (!job.owner || hasEnded(job) || job.sageMaker || !runtime) return undefined
  const heard = instant(runtime.lastContact)
  if (runtime.state === 'REMOVED') return `${runtime.name} has left.`
  if (runtime.instanceId && runtime.instanceId !== job.owner) return `Another instance stands under the name ${runtime.name} now; the one that has taken the job is gone.`
  if (runtime.state === 'OFFLINE' && heard === undefined) return `${runtime.name} is offline.`
  return heard !== undefined && now - heard > silence ? `Nothing was heard of ${runtime.name} for ${duration(now - heard)}.` : undefined
}

/** What may have become of a job whose owner is gone. A CREATED one may have been launched: its attempt is recorded before anybody hears of a submission. */
export function leftBehind(job: Pick<Job, 'jobStatus'>): string {
  return job.jobStatus === 'CREATED' ? 'It had told of no submission yet.' : 'What it submitted may still run on the cluster.'
}

/** @return why it cannot be run again; nothing when it can. */
export function retryRefusal(job: Job): string | undefined {
  return hasEnded(job) ? undefined : 'It has not ended yet.'
}
