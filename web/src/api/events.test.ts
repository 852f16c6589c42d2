import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { collector, liveStore, startEvents } from './events'
import { whyQuery } from './lifecycles'
import type { Why } from './types'

/** A stream as the browser sees it: what arrives is up to the test. */
class Stream {
  static readonly CLOSED = 2
  static opened: Stream[] = []
  onopen = () => undefined as void
  onmessage = (_: { data: string }) => undefined as void
  onerror = () => undefined as void
  readyState = 1
  private named = new Map<string, (event: { data: string }) => void>()
  constructor(readonly url: string) {
    Stream.opened.push(this)
  }
  addEventListener(name: string, listener: (event: { data: string }) => void) {
    this.named.set(name, listener)
  }
  beat(nextWithin: unknown = 15_000) {
    this.named.get('heartbeat')?.({ data: JSON.stringify({ nextWithin }) })
  }
  close() {
    this.readyState = Stream.CLOSED
  }
}

const last = () => Stream.opened.at(-1)!
const invalidateQueries = vi.fn()
let stop: () => void

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Stream)
  Stream.opened = []
  invalidateQueries.mockReset()
  stop = startEvents({ invalidateQueries })
  last().onopen()
})
afterEach(() => {
  stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

it('is live while heartbeats come', () => {
  for (let i = 0; i < 20; i += 1) {
    vi.advanceTimersByTime(15_000)
    last().beat()
  }
  expect(liveStore.get()).toEqual({ state: 'live' })
  expect(Stream.opened).toHaveLength(1)
})
it('says stale, since the last word, when the server falls silent, and asks again until it answers', () => {
  vi.advanceTimersByTime(15_000)
  last().beat()
  const heard = Date.now()
  vi.advanceTimersByTime(30_000)
  expect(liveStore.get().state).toBe('live')
  vi.advanceTimersByTime(20_000)
  expect(liveStore.get()).toEqual({ state: 'stale', since: heard })
  expect(Stream.opened.map((stream) => stream.readyState)).toEqual([Stream.CLOSED, 1])
  vi.advanceTimersByTime(50_000)
  expect(Stream.opened).toHaveLength(3)
  expect(liveStore.get()).toEqual({ state: 'stale', since: heard })
  invalidateQueries.mockClear()
  last().onopen()
  expect(liveStore.get()).toEqual({ state: 'live' })
  const { predicate } = invalidateQueries.mock.calls[0]![0]
  expect(predicate({ queryKey: ['session'], state: { dataUpdatedAt: Date.now() } })).toBe(true)
})
it('notices at once that the computer has slept', () => {
  vi.setSystemTime(Date.now() + 3_600_000)
  vi.advanceTimersByTime(5_000)
  expect(liveStore.get().state).toBe('stale')
  expect(Stream.opened).toHaveLength(2)
})
it('waits for as long as the server says, and its own time where it says nothing', () => {
  last().beat(60_000)
  vi.advanceTimersByTime(125_000)
  expect(liveStore.get().state).toBe('live')
  last().beat('soon')
  vi.advanceTimersByTime(50_000)
  expect(liveStore.get().state).toBe('stale')
})
it('opens a refused stream again, once', () => {
  last().readyState = Stream.CLOSED
  last().onerror()
  expect(liveStore.get().state).toBe('stale')
  vi.advanceTimersByTime(3_000)
  expect(Stream.opened).toHaveLength(2)
  vi.advanceTimersByTime(10_000)
  expect(Stream.opened).toHaveLength(2)
})
it.each(['DeployableModel', 'DeployedModel', 'Runtime', 'Notification', 'ProcessInstance'])('asks anew why a snapshot is as it is when a %s changed', (type) => {
  const client = new QueryClient()
  const { queryKey } = whyQuery('s1')
  client.setQueryData(queryKey, { answer: 'It waits for an approval.' } as Why)
  collector(client).add({ type })
  vi.runOnlyPendingTimers()
  expect(client.getQueryState(queryKey)?.isInvalidated).toBe(true)
})
it('leaves the answer alone when something else changed', () => {
  const client = new QueryClient()
  const { queryKey } = whyQuery('s1')
  client.setQueryData(queryKey, { answer: 'It waits for an approval.' } as Why)
  collector(client).add({ type: 'User' })
  vi.runOnlyPendingTimers()
  expect(client.getQueryState(queryKey)?.isInvalidated).toBe(false)
})
