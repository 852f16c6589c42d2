import { afterEach, expect, it, vi } from 'vitest'
import { ApiError, call, getList, setCsrfToken, setSignedOutListener, unpackList } from './client'
import { collector } from './events'

afterEach(() => {
  vi.unstubAllGlobals()
  setCsrfToken(undefined)
})

function answer(status: number, body: string, type = 'application/json') {
  const fetched = vi.fn(async (_path: string, _init: RequestInit) => new Response(status === 204 ? null : body, { status, headers: { 'Content-Type': type } }))
  vi.stubGlobal('fetch', fetched)
  return fetched
}

it('sends the CSRF token with what changes anything, and not with reads', async () => {
  const fetched = answer(204, '')
  setCsrfToken('t1')
  await call('DELETE', '/x', { ifMatch: '"3"' })
  await call('GET', '/x')
  expect(fetched.mock.calls[0]?.[1].headers).toMatchObject({ 'X-CSRF-Token': 't1', 'If-Match': '"3"' })
  expect(fetched.mock.calls[1]?.[1].headers).not.toHaveProperty('X-CSRF-Token')
})
it('keeps the problem document, and makes one where the answer has none', async () => {
  answer(409, JSON.stringify({ detail: 'It is deployed.', code: 'DEPLOYED', requestId: 'r1', operation: { id: '1' } }), 'application/problem+json')
  await expect(call('GET', '/x')).rejects.toMatchObject({ problem: { status: 409, code: 'DEPLOYED', requestId: 'r1', operation: { id: '1' } } })
  answer(502, '<html>', 'text/html')
  await expect(call('GET', '/x')).rejects.toMatchObject({ problem: { status: 502, code: 'HTTP_502' } })
})
it('reads the problems of life cycles, whose code is a number and whose reason is ours', async () => {
  answer(400, JSON.stringify({ type: 'ParseException', message: 'The file cannot run here.', code: 0, reason: 'BPMN', requestId: 'r2', errors: [{ pointer: 'S1', expected: 'a task', got: 'a script' }] }))
  await expect(call('POST', '/x')).rejects.toMatchObject({ problem: { status: 400, code: 'BPMN', detail: 'The file cannot run here.', requestId: 'r2', errors: [{ pointer: 'S1' }] } })
})
it('sends a form as the browser writes it', async () => {
  const fetched = answer(200, '{}')
  const form = new FormData()
  form.append('tenant-id', 'risk')
  await call('POST', '/x', { form })
  expect(fetched.mock.calls[0]?.[1].body).toBe(form)
  expect(fetched.mock.calls[0]?.[1].headers).not.toHaveProperty('Content-Type')
})
it('says so when there is no answer at all', async () => {
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('refused')))
  await expect(call('GET', '/x')).rejects.toMatchObject({ problem: { code: 'NOT_REACHABLE' } })
})
it('gives up on a server that says nothing, but not on an upload', async () => {
  vi.useFakeTimers()
  try {
    const silent = vi.fn(
      (_path: string, init: RequestInit) => new Promise<Response>((_, refuse) => init.signal?.addEventListener('abort', () => refuse(new DOMException('ended', 'AbortError')))),
    )
    vi.stubGlobal('fetch', silent)
    const asked = expect(call('POST', '/x', { body: {} })).rejects.toMatchObject({ problem: { status: 504, code: 'NO_ANSWER' } })
    void call('POST', '/x', { form: new FormData() }).catch(() => undefined)
    const left = new AbortController()
    const leaving = expect(call('GET', '/x', { signal: left.signal })).rejects.toMatchObject({ name: 'AbortError' })
    left.abort()
    await leaving
    await vi.advanceTimersByTimeAsync(60_000)
    await asked
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(silent.mock.calls[1]?.[1].signal?.aborted).toBe(false)
  } finally {
    vi.useRealTimers()
  }
})
it('a lost session is told once it shows, but a wrong password is none', async () => {
  const lost = vi.fn()
  setSignedOutListener(lost)
  answer(401, '{}')
  await expect(call('GET', '/model-manage/api/jobs')).rejects.toBeInstanceOf(ApiError)
  await expect(call('POST', '/gocli/session', { body: {} })).rejects.toBeInstanceOf(ApiError)
  expect(lost).toHaveBeenCalledTimes(1)
})
it('unpacks collections by whatever name', async () => {
  answer(200, JSON.stringify({ _embedded: { engines: [{ id: '1' }] }, page: { size: 20, totalElements: 1, totalPages: 1, number: 0 } }))
  expect((await getList('/x')).items).toEqual([{ id: '1' }])
  expect(unpackList({})).toMatchObject({ items: [], page: { totalElements: 0 } })
})
it('asks again once for many events', () => {
  vi.useFakeTimers()
  const invalidateQueries = vi.fn()
  const collect = collector({ invalidateQueries } as never)
  for (let i = 0; i < 1000; i += 1) collect.add({ type: 'Notification' })
  collect.add({ type: 'Operation' })
  collect.add({ type: 'SomethingNew' })
  vi.advanceTimersByTime(1_000)
  expect(invalidateQueries.mock.calls.map(([argument]) => argument.queryKey[0])).toEqual(['notifications', 'why', 'storedModels', 'operations', 'sync'])
  vi.useRealTimers()
})
