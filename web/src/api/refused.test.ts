import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, expect, it, vi } from 'vitest'
import { ApiError } from './client'
import { refusals } from './refused'

afterEach(() => vi.useRealTimers())

function shown(client: QueryClient, key: string, queryFn: () => Promise<string>) {
  return new QueryObserver(client, { queryKey: [key], queryFn, retry: false }).subscribe(() => undefined)
}

const away = () => new ApiError({ status: 503, title: 'Unavailable', detail: 'The identity provider is away.', code: 'IDENTITY_AWAY' } as never)

it('tells since when what is shown is old, while the server refuses it', async () => {
  vi.useFakeTimers({ now: 1_000 })
  const client = new QueryClient()
  const answer = vi.fn(() => Promise.resolve('one'))
  const end = shown(client, 'jobs', answer)
  await vi.advanceTimersByTimeAsync(10)
  const state = refusals(client)
  expect(state.get()).toBeUndefined()
  answer.mockImplementation(() => Promise.reject(away()))
  vi.setSystemTime(60_000)
  await client.refetchQueries({ queryKey: ['jobs'] })
  expect(state.get()).toBeLessThan(2_000)
  answer.mockImplementation(() => Promise.resolve('two'))
  await client.refetchQueries({ queryKey: ['jobs'] })
  expect(state.get()).toBeUndefined()
  end()
})

it('counts neither what nobody looks at nor what is the fault of who asks', async () => {
  const client = new QueryClient()
  const end = shown(client, 'gone', () => Promise.reject(new ApiError({ status: 404, title: 'Not found', detail: 'There is none.', code: 'NOT_FOUND' } as never)))
  await vi.waitFor(() => expect(client.getQueryState(['gone'])?.status).toBe('error'))
  await client.prefetchQuery({ queryKey: ['unseen'], queryFn: () => Promise.reject(away()), retry: false })
  expect(refusals(client).get()).toBeUndefined()
  end()
})
