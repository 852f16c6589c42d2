/** Problem documents in words a person can act on. */
import { ApiError } from '../api/client'
import type { Problem } from '../api/types'

const networkPath = 'Check the network path from the server to AWS, then try again.'

/** Of an answer that AWS cannot have written. */
export const notAws = 'This is not AWS: something between answered in its place, a proxy or a wrong AWS_ENDPOINT_URL.'

const advice: Record<string, string> = {
  NOT_REACHABLE: 'Check that the server runs and that you are connected. The page tries again by itself.',
  PAGE_NOT_LOADED: 'It is tried again as soon as the server answers. If that does not help, reload the page.',
  VERSION_MISMATCH: 'Reload to see what the other person saved, then make your change again.',
  UNAUTHENTICATED: 'Sign in again.',
  TOO_MANY_ATTEMPTS: 'Wait a moment before you try again.',
  AWS_UNREACHABLE: networkPath,
  NO_CONNECTION: networkPath,
  UNKNOWN_HOST: networkPath,
  TIMEOUT: networkPath,
  Garbled: notAws,
}

export interface Told {
  title: string
  detail: string
  next?: string
  code: string
  requestId?: string
}

export function asProblem(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem
  const detail = error instanceof Error ? error.message : 'Something failed in the page itself.'
  return { type: 'about:blank', title: 'The page failed', status: 500, detail, code: 'PAGE_FAILED', requestId: '', message: detail }
}

const titles: Record<number, string> = {
  400: 'That was not understood',
  401: 'You are not signed in',
  403: 'You may not do that',
  404: 'Not found',
  409: 'Not possible now',
  412: 'Changed by somebody else meanwhile',
  422: 'Refused',
  429: 'Too many attempts',
  503: 'Not reachable',
  504: 'No answer in time',
}

/** What happened, what to do, and what to quote when asking for help. */
export function tell(error: unknown): Told {
  const problem = asProblem(error)
  const next = advice[problem.code] ?? (problem.status >= 500 ? 'Try again. If it stays, give the request id to your administrator.' : undefined)
  return {
    title: titles[problem.status] ?? (problem.status >= 500 ? 'The server failed' : 'Refused'),
    detail: problem.detail,
    ...(next && !problem.detail.includes(next) && { next }),
    code: problem.code,
    ...(problem.requestId && { requestId: problem.requestId }),
  }
}

/** Pointer errors by pointer, for the fields of a form. */
export function fieldErrors(error: unknown): Record<string, string> {
  const out: Record<string, string> = {}
  for (const { pointer, expected, got } of asProblem(error).errors ?? []) {
    const told = `Must be ${expected}${got ? `, not ${got}` : ''}.`
    out[pointer] = told
    // One line of text stands for a whole array.
    const whole = pointer.replace(/\/\d+$/, '')
    out[whole] ??= told
  }
  return out
}
