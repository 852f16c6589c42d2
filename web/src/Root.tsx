/** Decides between sign-in and the frame, and shows what could not be shown. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Outlet, useRouter, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { startEvents } from './api/events'
import { sessionQuery } from './api/queries'
import { Frame } from './components/frame/Frame'
import { useFailure } from './components/hooks'
import { AskedAgain, Page, PageSkeleton, ProblemView } from './components/views'
import { fetchPagesWhenIdle } from './lazyPage'
import { SignInPage } from './pages/SignInPage'

export function Root() {
  const session = useQuery(sessionQuery)
  const wasSignedIn = useRef(false)
  if (session.data) wasSignedIn.current = true
  const failure = useFailure(session)
  if (failure !== undefined) return <main className="frame-content"><h1>Slipway</h1><AskedAgain error={failure} retry={() => void session.refetch()} /></main>
  if (session.isPending) return <main className="frame-content"><PageSkeleton /></main>
  if (!session.data) return <SignInPage ended={wasSignedIn.current} />
  return (
    <Live>
      <Frame session={session.data}>
        <FocusOnMove />
        <Outlet />
      </Frame>
    </Live>
  )
}

/** Keeps the event stream open while somebody is signed in. */
function Live({ children }: { children: React.ReactNode }) {
  const client = useQueryClient()
  useEffect(() => startEvents(client), [client])
  useEffect(fetchPagesWhenIdle, [])
  return children
}

/** After going to another page the reader is at its top, for eyes and for screen readers. */
function FocusOnMove() {
  const path = useRouterState({ select: (state) => state.location.pathname })
  const first = useRef(true)
  useEffect(() => {
    if (first.current) {
      first.current = false
      return
    }
    window.scrollTo(0, 0)
    document.getElementById('main-content')?.focus({ preventScroll: true })
  }, [path])
  return null
}

export function Missing() {
  return (
    <Page title="There is no such page">
      <p className="lead">The address leads nowhere. It may be old, or have lost its end on the way.</p>
      <a className="cds--link" href="#/models">Go to the business models</a>
    </Page>
  )
}

/** A page that failed while it was drawn. */
export function Broken({ error }: { error: unknown }) {
  const router = useRouter()
  return (
    <Page title="This page failed">
      <ProblemView error={error} retry={() => void router.invalidate()} />
    </Page>
  )
}
