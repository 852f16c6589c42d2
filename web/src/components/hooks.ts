import { useSyncExternalStore, useEffect, useRef, useState } from 'react'

/** The time, renewed often enough for what is shown. */
export function useNow(every = 10_000): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}

function subscribeWidth(listener: () => void): () => void {
  const query = window.matchMedia('(max-width: 41.98rem)')
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}

/** Whether the screen is too narrow for tables. */
export const useNarrow = (): boolean => useSyncExternalStore(subscribeWidth, () => window.matchMedia('(max-width: 41.98rem)').matches)

/** Sets the title of the browser's tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} - Slipway` : 'Slipway'
  }, [title])
}

/** Why a query has no answer yet, also while it is asked again: what is told stays until there is one. */
export function useFailure(query: { data: unknown; error: unknown }): unknown {
  const last = useRef<unknown>(undefined)
  if (query.data !== undefined) last.current = undefined
  else if (query.error) last.current = query.error
  return last.current
}

/** Text that follows `value` after a pause. */
export function useDelayed<T>(value: T, delay = 300): T {
  const [delayed, setDelayed] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(value), delay)
    return () => clearTimeout(timer)
  }, [value, delay])
  return delayed
}

/** A draft that survives a reload of the tab; never for secrets. */
export function useDraft<T extends object>(key: string, initial: T): [T, (change: Partial<T>) => void, () => void] {
  const [draft, setDraft] = useState<T>(() => {
    try {
      return { ...initial, ...(JSON.parse(sessionStorage.getItem(key) ?? '{}') as Partial<T>) }
    } catch {
      return initial
    }
  })
  useEffect(() => sessionStorage.setItem(key, JSON.stringify(draft)), [key, draft])
  const clear = () => {
    sessionStorage.removeItem(key)
    setDraft(initial)
  }
  return [draft, (change) => setDraft((before) => ({ ...before, ...change })), clear]
}

function subscribeVisible(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener)
  return () => document.removeEventListener('visibilitychange', listener)
}

/** Whether somebody can see the tab. */
export const useVisible = (): boolean => useSyncExternalStore(subscribeVisible, () => document.visibilityState === 'visible')
