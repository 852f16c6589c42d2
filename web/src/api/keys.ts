/** Idempotency keys: one for one wish, so that asking again after a lost answer has one effect. */
import { ApiError, newIdempotencyKey } from './client'

export interface KeyKeeper {
  /** The key for this body: the one before while the body is the same and nobody knows what became of it. */
  of: (body: unknown) => string
  /** The server has answered, or not. */
  settled: (error?: unknown) => void
}

/** Whether the server said for good what became of the request. After a lost answer, a 5xx or a 429 nobody knows. */
const definite = (error: unknown): boolean => error === undefined || error === null || (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429)

export function keyKeeper(): KeyKeeper {
  let asked: string | undefined
  let key = ''
  return {
    of: (body) => {
      const text = JSON.stringify(body) ?? ''
      if (text !== asked) key = newIdempotencyKey()
      asked = text
      return key
    },
    settled: (error) => {
      if (definite(error)) asked = undefined
    },
  }
}
