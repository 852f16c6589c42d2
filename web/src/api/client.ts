/** Calls to the server: cookie session, CSRF token, versions, and failures as `ApiError` with the problem document. */
import { below } from './paths'
import type { Listing, Problem } from './types'

/** A refused or failed call. `problem` is what the server said, or what is known when it could not say anything. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
  }
  get status(): number {
    return this.problem.status
  }
}

/** An object with the version under which it may be changed. */
export interface Versioned<T> {
  data: T
  etag: string | null
}

let csrfToken: string | undefined
let onSignedOut: () => void = () => undefined

/** The session's CSRF token; sent with whatever changes anything. */
export function setCsrfToken(token: string | undefined): void {
  csrfToken = token
}

/** @param listener is called when the server no longer knows the session. */
export function setSignedOutListener(listener: () => void): void {
  onSignedOut = listener
}

export interface CallOptions {
  body?: unknown
  /** Files and fields, instead of a body of JSON. */
  form?: FormData
  ifMatch?: string | null
  idempotencyKey?: string
  signal?: AbortSignal
}

function problemOf(status: number, detail: string, code: string): Problem {
  return { type: 'about:blank', title: detail, status, detail, code, requestId: '', message: detail }
}

async function readProblem(response: Response): Promise<Problem> {
  const type = response.headers.get('Content-Type') ?? ''
  if (type.includes('json')) {
    const body = (await response.json().catch(() => null)) as (Partial<Problem> & { reason?: string }) | null
    if (body && typeof body === 'object') {
      const detail = body.detail ?? body.message ?? body.title ?? `The server answered ${response.status}.`
      return {
        ...body,
        type: body.type ?? 'about:blank',
        title: body.title ?? response.statusText,
        status: response.status,
        detail,
        // Life cycles speak as Camunda does: a number for a code, and ours beside it as the reason.
        code: (typeof body.code === 'string' ? body.code : body.reason) ?? `HTTP_${response.status}`,
        requestId: body.requestId ?? response.headers.get('X-Request-Id') ?? '',
        message: body.message ?? detail,
      }
    }
  }
  return problemOf(response.status, `The server answered ${response.status} without saying why.`, `HTTP_${response.status}`)
}

/** So long a call may wait for its answer, unless it carries files. The server gives up earlier what waits on a peer. */
const PATIENCE = 60_000

/** `fetch` that ends when the caller's signal does, or, with an ApiError, when nothing has answered in time. */
async function fetchInTime(path: string, init: RequestInit, signal: AbortSignal | undefined, patience: number | undefined): Promise<Response> {
  const ending = new AbortController()
  const end = () => ending.abort(signal?.reason)
  if (signal?.aborted) end()
  signal?.addEventListener('abort', end, { once: true })
  let late = false
  const timer = patience && setTimeout(() => ((late = true), ending.abort()), patience)
  try {
    return await fetch(path, { ...init, signal: ending.signal })
  } catch (error) {
    const rest = init.method === 'GET' ? 'What is shown may be old.' : 'What was asked may still happen: look before you repeat it.'
    if (late) throw new ApiError(problemOf(504, `The server has not answered for a minute. ${rest}`, 'NO_ANSWER'))
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** @throws ApiError for every answer that is not 2xx, and when there is no answer. */
export async function call(method: string, path: string, options: CallOptions = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json, application/problem+json' }
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET' && csrfToken) headers['X-CSRF-Token'] = csrfToken
  if (options.ifMatch) headers['If-Match'] = options.ifMatch
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey
  let response: Response
  try {
    const init: RequestInit = {
      method,
      headers,
      credentials: 'same-origin',
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      ...(options.form && { body: options.form }),
    }
    response = await fetchInTime(below(path), init, options.signal, options.form ? undefined : PATIENCE)
  } catch (error) {
    if (error instanceof ApiError || (error instanceof DOMException && error.name === 'AbortError')) throw error
    throw new ApiError(problemOf(503, 'The server cannot be reached. What is shown may be old; nothing was changed.', 'NOT_REACHABLE'))
  }
  if (response.ok) return response
  const problem = await readProblem(response)
  if (response.status === 401 && !path.startsWith('/gocli/')) onSignedOut()
  throw new ApiError(problem)
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await call('GET', path, signal ? { signal } : {})).json()) as T
}

export async function getVersioned<T>(path: string, signal?: AbortSignal): Promise<Versioned<T>> {
  const response = await call('GET', path, signal ? { signal } : {})
  return { data: (await response.json()) as T, etag: response.headers.get('ETag') }
}

/** Reads one page of a HAL collection, whatever the name of its array. */
export async function getList<T>(path: string, signal?: AbortSignal): Promise<Listing<T>> {
  return unpackList<T>(await get<unknown>(path, signal))
}

export function unpackList<T>(document: unknown): Listing<T> {
  const body = document as { _embedded?: Record<string, T[]>; page?: Listing<T>['page'] }
  const items = Object.values(body._embedded ?? {}).find(Array.isArray) ?? []
  const page = body.page ?? { size: Math.max(items.length, 1), totalElements: items.length, totalPages: 1, number: 0 }
  return { items, page }
}

export async function send<T>(method: 'POST' | 'PUT' | 'PATCH', path: string, options: CallOptions): Promise<Versioned<T>> {
  const response = await call(method, path, options)
  const text = await response.text()
  return { data: (text ? JSON.parse(text) : undefined) as T, etag: response.headers.get('ETag') }
}

export async function remove(path: string, ifMatch?: string | null): Promise<void> {
  await call('DELETE', path, ifMatch ? { ifMatch } : {})
}

/** A new key for a POST, so that pressing twice or retrying after a lost answer has one effect. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
