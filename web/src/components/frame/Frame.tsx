/** Header, side navigation and content. */
import { Header, HeaderGlobalBar, HeaderMenuButton, HeaderName } from '@carbon/react'
import { type MouseEvent, type ReactNode, useEffect, useState } from 'react'
import { useRouterState } from '@tanstack/react-router'
import type { Session } from '../../api/types'
import { CommandPalette, PaletteButton } from './CommandPalette'
import { LiveBadge } from './LiveBadge'
import { Navigation } from './Navigation'
import { OperationsMenu } from './OperationsMenu'
import { PersonMenu } from './PersonMenu'
import { ThemeMenu } from './ThemeMenu'

export function Frame({ session, children }: { session: Session; children: ReactNode }) {
  const [navigation, setNavigation] = useState(false)
  const [palette, setPalette] = useState(false)
  const path = useRouterState({ select: (state) => state.location.pathname })
  useEffect(() => {
    setNavigation(false)
    setPalette(false)
  }, [path])
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setPalette((open) => !open)
      }
    }
    window.addEventListener('keydown', key)
    return () => window.removeEventListener('keydown', key)
  }, [])
  useEffect(() => {
    if (!navigation) return undefined
    const leave = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      setNavigation(false)
      document.querySelector<HTMLElement>('.frame-menu')?.focus()
    }
    window.addEventListener('keydown', leave)
    return () => window.removeEventListener('keydown', leave)
  }, [navigation])
  const skip = (event: MouseEvent) => {
    event.preventDefault()
    document.getElementById('main-content')?.focus()
  }
  return (
    <>
      <Header aria-label="Slipway">
        <a className="frame-skip" href={`#${path}`} onClick={skip}>Skip to the content</a>
        <HeaderMenuButton
          className="frame-menu"
          aria-label={navigation ? 'Close the navigation' : 'Open the navigation'}
          isActive={navigation}
          isCollapsible
          onClick={() => setNavigation((open) => !open)}
        />
        <HeaderName href="#/models" prefix="">Slipway</HeaderName>
        <HeaderGlobalBar>
          <PaletteButton open={() => setPalette(true)} />
          <LiveBadge />
          <OperationsMenu />
          <ThemeMenu />
          <PersonMenu session={session} />
        </HeaderGlobalBar>
        <Navigation admin={session.admin} path={path} expanded={navigation} close={() => setNavigation(false)} />
      </Header>
      <main id="main-content" className="frame-content" tabIndex={-1}>
        {children}
        {palette && <CommandPalette admin={session.admin} close={() => setPalette(false)} />}
      </main>
    </>
  )
}
