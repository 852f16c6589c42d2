/** Places of the page, as side navigation and command palette name them. */
export interface Place {
  label: string
  path: string
  adminOnly?: boolean
}

export interface PlaceGroup {
  label: string
  places: Place[]
}

export const groups: PlaceGroup[] = [
  { label: 'Models', places: [{ label: 'Business Models', path: '/models' }, { label: 'Model Life Cycle', path: '/lifecycles' }] },
  {
    label: 'Operations',
    places: [
      { label: 'Jobs', path: '/jobs' },
      { label: 'Runtimes', path: '/runtimes' },
      { label: 'Deployments', path: '/deployments' },
      { label: 'Tickets', path: '/tickets' },
      { label: 'Notifications', path: '/notifications' },
    ],
  },
  {
    label: 'Administration',
    places: [
      { label: 'Users and clients', path: '/users', adminOnly: true },
      { label: 'Credentials', path: '/credentials' },
      { label: 'Background tasks', path: '/tasks', adminOnly: true },
      { label: 'About', path: '/about' },
    ],
  },
]

/** Groups with what this person may open. */
export function openTo(admin: boolean): PlaceGroup[] {
  return groups.map((group) => ({ ...group, places: group.places.filter((place) => admin || !place.adminOnly) })).filter((group) => group.places.length > 0)
}

/** Pages that stand below a place. */
const below: Record<string, string> = { '/snapshots': '/models', '/imports': '/models', '/instances': '/lifecycles' }

export function isActive(place: string, path: string): boolean {
  const first = `/${path.split('/')[1] ?? ''}`
  return place === (below[first] ?? first)
}
