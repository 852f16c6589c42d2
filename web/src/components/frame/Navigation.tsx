import { SideNav, SideNavItems, SideNavLink } from '@carbon/react'
import { Fragment, useSyncExternalStore } from 'react'
import { isActive, openTo } from './places'

const query = '(min-width: 66rem)'

function subscribe(listener: () => void): () => void {
  const media = window.matchMedia(query)
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}

export function Navigation({ admin, path, expanded, close }: { admin: boolean; path: string; expanded: boolean; close: () => void }) {
  const wide = useSyncExternalStore(subscribe, () => window.matchMedia(query).matches)
  if (!wide && !expanded) return null
  return (
    <SideNav
      className="frame-nav"
      aria-label="Pages"
      expanded
      isFixedNav={wide}
      isPersistent
      addFocusListeners={false}
      addMouseListeners={false}
      onOverlayClick={close}
    >
      <SideNavItems>
        {openTo(admin).map((group) => (
          <Fragment key={group.label}>
            <li className="frame-nav-heading">{group.label}</li>
            {group.places.map((place) => (
              <SideNavLink key={place.path} href={`#${place.path}`} isActive={isActive(place.path, path)} {...(isActive(place.path, path) && { 'aria-current': 'page' as const })}>
                {place.label}
              </SideNavLink>
            ))}
          </Fragment>
        ))}
      </SideNavItems>
    </SideNav>
  )
}
