/** What happened to a job, in a sentence and as a timeline. */
import type { Job } from '../api/types'
import { duration, instant } from './time'

export interface Moment {
  what: string
  at: number
  /** How long until the next moment. */
  lasted?: number
}

/** The moments that are known, in order. */
export function timeline(job: Job): Moment[] {
  const moments: Moment[] = []
  const add = (what: string, at: string | number | undefined) => {
    const value = instant(at)
    if (value !== undefined) moments.push({ what, at: value })
  }
  if (job.sageMaker) add('Created in AWS', job.sageMaker.creationTime)
  else add(`Created by ${job.createdBy}`, job.createdDate)
  add('Began to wait', job.jobWaitTime)
  add('Began to run', job.jobRunTime)
  add(job.cancelRequested?.by ? `${job.cancelRequested.by} asked for cancelling` : 'Cancelling was asked for', job.cancelRequested?.at)
  add(endWord(job), job.jobEndTime)
  moments.sort((a, b) => a.at - b.at)
  return moments.map((moment, index) => {
    const next = moments[index + 1]
    return next && next.at > moment.at ? { ...moment, lasted: next.at - moment.at } : moment
  })
}

function endWord(job: Job): string {
  return job.jobStatus === 'COMPLETE' ? 'Completed' : job.jobStatus === 'ERROR' ? 'Failed' : job.jobStatus === 'CANCELLED' ? 'Cancelled' : 'Ended'
}

/** The last line that says something: of a traceback the error, not the first frame. */
export function reason(job: Job): string | undefined {
  if (job.sageMaker?.failureReason) return job.sageMaker.failureReason
  const lines = (job.jobMessages ?? []).flatMap((message) => message.split('\n')).map((line) => line.trim()).filter(Boolean)
  return lines.at(-1)
}

export function sentence(job: Job, now: number): string {
  const began = instant(job.jobRunTime)
  const ran = job.jobDuration ?? (began !== undefined ? (instant(job.jobEndTime) ?? now) - began : undefined)
  const after = ran !== undefined ? ` after ${duration(ran)}` : ''
  switch (job.jobStatus) {
    case 'CREATED':
      return job.targetEngine?.name ? `Waits until ${job.targetEngine.name} takes it.` : 'Waits until a runtime takes it.'
    case 'WAITING':
      return 'Was handed over and waits for its turn.'
    case 'RUNNING':
      return job.cancelRequested ? 'Is being cancelled.' : `Running${ran !== undefined ? ` for ${duration(ran)}` : ''}.`
    case 'COMPLETE':
      return `Completed${after}.`
    case 'CANCELLED':
      return `Cancelled${after}.`
    case 'ERROR': {
      const why = reason(job)
      return why ? `Failed${after}: ${why}` : `Failed${after}. Nothing says why.`
    }
  }
}

/** @return why it cannot be cancelled; nothing when it can. */
export function cancelRefusal(job: Job): string | undefined {
  if (['COMPLETE', 'ERROR', 'CANCELLED'].includes(job.jobStatus)) return 'It has ended.'
  if (job.cancelRequested) return 'Cancelling was asked for already.'
  if (job.sageMaker) return 'It was started in AWS and is stopped there.'
  return undefined
}
