/** Pages whose script comes when it is needed. */
import { useQuery } from '@tanstack/react-query'
import type { ComponentType, ReactElement } from 'react'
import { ApiError } from './api/client'
import { Page, PageSkeleton, ProblemView } from './components/views'

type Chunk = Record<string, ComponentType>
type Load = () => Promise<Chunk>

const loads = new Set<Load>()
const loaded = new Map<Load, Chunk>()

async function bring(load: Load): Promise<Chunk> {
  try {
    const chunk = await load()
    loaded.set(load, chunk)
    return chunk
  } catch {
    const detail = 'This page could not be loaded: the server cannot be reached, or was brought up to date meanwhile.'
    throw new ApiError({ type: 'about:blank', title: detail, status: 503, detail, code: 'PAGE_NOT_LOADED', requestId: '', message: detail })
  }
}

/**
 * A page out of a chunk. Where the chunk cannot be had, the frame stays and says so; it comes as soon as the server is there again.
 * The router's own lazy pages reload the document instead, which leaves the browser's error page when the server is away.
 */
export function lazyPage(load: Load, name: string): () => ReactElement {
  loads.add(load)
  return function LazyPage() {
    const query = useQuery({ queryKey: ['page', name], queryFn: () => bring(load), initialData: () => loaded.get(load), staleTime: Infinity, gcTime: Infinity, retry: false, networkMode: 'always' })
    const Component = query.data?.[name]
    if (Component) return <Component />
    if (query.isError) return <Page title="Not loaded"><ProblemView error={query.error} retry={() => void query.refetch()} /></Page>
    return <PageSkeleton />
  }
}

/** Brings all pages while there is nothing else to do: a server that restarts is not missed on the way to one. */
export function fetchPagesWhenIdle(): () => void {
  const bringAll = () => {
    for (const load of loads) if (!loaded.has(load)) void bring(load).catch(() => undefined)
  }
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(bringAll, 2_000)
    return () => clearTimeout(timer)
  }
  const handle = window.requestIdleCallback(bringAll, { timeout: 10_000 })
  return () => window.cancelIdleCallback(handle)
}
