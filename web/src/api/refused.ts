/** Whether the server refuses what the page shows: the event stream alone may stay open while every question fails (a provider or a database that is away). */
import { notifyManager, type Query, type QueryClient } from '@tanstack/react-query'
import { ApiError } from './client'

/** Of one that is shown and fails by no fault of who asks: since when what is shown is old. */
function refusedSince(query: Query): number | undefined {
  const { data, dataUpdatedAt, errorUpdatedAt, error, fetchFailureCount, fetchFailureReason } = query.state
  const reason = fetchFailureReason ?? error
  const failing = fetchFailureCount > 1 || (error !== null && errorUpdatedAt >= dataUpdatedAt)
  // What has nothing to show says so itself.
  if (data === undefined || !query.isActive() || !failing || (reason instanceof ApiError && reason.status < 500)) return undefined
  return dataUpdatedAt
}

/** The time of the oldest data that is shown and could not be asked for anew; nothing while the server answers. For useSyncExternalStore. */
export function refusals(client: QueryClient) {
  const cache = client.getQueryCache()
  return {
    subscribe: (listener: () => void) => cache.subscribe(notifyManager.batchCalls(listener)),
    get: (): number | undefined => {
      const since = cache.getAll().flatMap((query) => refusedSince(query) ?? [])
      return since.length > 0 ? Math.min(...since) : undefined
    },
  }
}
