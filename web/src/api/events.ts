/** The server's event stream: says which queries are old, and whether what is shown is live. */
import type { QueryClient } from '@tanstack/react-query'
import { below, registry } from './paths'
import type { ServerEvent } from './types'

export type LiveState = { state: 'connecting' } | { state: 'live' } | { state: 'stale'; since: number }

/** Query keys that an event of an entity type makes old. */
export const affected: Record<string, string[]> = {
  StoredModel: ['storedModels', 'browse', 'auditRecords'],
  // Lists of models sum these up.
  DeployableModel: ['deployableModels', 'why', 'auditRecords', 'storedModels'],
  DeployedModel: ['deployedModels', 'why', 'auditRecords', 'storedModels'],
  Runtime: ['runtimes', 'why', 'auditRecords'],
  Job: ['jobs', 'auditRecords', 'storedModels'],
  ModelTestResult: ['modelTestResults'],
  Notification: ['notifications', 'why', 'storedModels'],
  User: ['users'],
  Client: ['clients'],
  Credential: ['credentials'],
  Operation: ['operations', 'sync'],
  ProcessInstance: ['lifecycles', 'why'],
}

let live: LiveState = { state: 'connecting' }
const listeners = new Set<() => void>()

export const liveStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  get: (): LiveState => live,
}

function setLive(next: LiveState): void {
  if (next.state === live.state) return
  live = next
  listeners.forEach((listener) => listener())
}

/** Collects keys for a moment, so that an import of a thousand jobs asks once a second and not a thousand times. */
export function collector(client: Pick<QueryClient, 'invalidateQueries'>, delay = 700) {
  const keys = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = () => {
    timer = undefined
    for (const key of keys) void client.invalidateQueries({ queryKey: [key] })
    keys.clear()
  }
  return {
    add(event: Pick<ServerEvent, 'type'>): void {
      for (const key of affected[event.type] ?? []) keys.add(key)
      if (keys.size > 0) timer ??= setTimeout(flush, delay)
    },
    stop(): void {
      clearTimeout(timer)
      keys.clear()
    },
  }
}

/** Without a word for so long the stream is dead, whatever the browser thinks of it: a frozen server, a computer that slept, a connection forgotten on its way. */
export const silence = { first: 40_000, look: 5_000 }

/** Two heartbeats may be lost, and the third be late. */
function patienceOf(heartbeat: string): number {
  const { nextWithin } = JSON.parse(heartbeat) as { nextWithin?: unknown }
  return typeof nextWithin === 'number' && nextWithin > 0 ? 2 * nextWithin + 10_000 : silence.first
}

/** Opens the stream and keeps it open. @return a function that ends it. */
export function startEvents(client: Pick<QueryClient, 'invalidateQueries'>): () => void {
  const collect = collector(client)
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let wasStale = false
  let heard = Date.now()
  let patience = silence.first
  const lost = (since: number) => {
    wasStale = true
    setLive({ state: 'stale', since })
  }
  const open = () => {
    clearTimeout(retry)
    source?.close()
    heard = Date.now()
    source = new EventSource(below(`${registry}/events`), { withCredentials: true })
    source.onopen = () => {
      // The stream begins at the newest event: what was read before it began may have changed meanwhile.
      const opened = Date.now()
      const all = wasStale
      heard = opened
      void client.invalidateQueries({ predicate: ({ queryKey, state }) => all || (queryKey[0] !== 'session' && state.dataUpdatedAt < opened) })
      wasStale = false
      setLive({ state: 'live' })
    }
    source.onmessage = (message: MessageEvent<string>) => {
      heard = Date.now()
      try {
        collect.add(JSON.parse(message.data) as ServerEvent)
      } catch {
        void client.invalidateQueries()
      }
    }
    source.addEventListener('heartbeat', (beat: MessageEvent<string>) => {
      heard = Date.now()
      patience = patienceOf(beat.data)
    })
    source.addEventListener('reset', () => void client.invalidateQueries())
    source.onerror = () => {
      lost(Date.now())
      if (source?.readyState !== EventSource.CLOSED) return
      // Refused, and the browser does not say why: the session may have ended.
      void client.invalidateQueries({ queryKey: ['session'] })
      retry = setTimeout(open, 3_000)
    }
  }
  open()
  const watch = setInterval(() => {
    if (Date.now() - heard <= patience) return
    lost(heard)
    open()
  }, silence.look)
  return () => {
    clearTimeout(retry)
    clearInterval(watch)
    collect.stop()
    source?.close()
    live = { state: 'connecting' }
  }
}
