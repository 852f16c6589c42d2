/** Addresses of the page. They live behind `#`, as links to the matched product do (`/#/jobs/{id}`). */
import type { QueryClient } from '@tanstack/react-query'
import { createHashHistory, createRootRouteWithContext, createRoute, createRouter, redirect } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { lazyPage } from './lazyPage'
import { parseSearch, type Search, stringifySearch } from './lib/listState'
import { ModelsPage } from './pages/ModelsPage'
import { Broken, Missing, Root } from './Root'

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Root,
  notFoundComponent: Missing,
  errorComponent: Broken,
  validateSearch: (search: Record<string, unknown>): Search => search as Search,
})

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/models' as never })
  },
})

const eager = createRoute({ getParentRoute: () => root, path: '/models', component: ModelsPage })

const lazy = (path: string, component: () => ReactElement) => createRoute({ getParentRoute: () => root, path, component })
const lists = () => import('./pages/lists')
const administration = () => import('./pages/administration')

const routes = [
  home,
  eager,
  lazy('/models/add', lazyPage(() => import('./pages/add/AddModelPage'), 'AddModelPage')),
  lazy('/imports/$id', lazyPage(() => import('./pages/add/ImportPage'), 'ImportPage')),
  lazy('/models/$id', lazyPage(() => import('./pages/model/ModelPage'), 'ModelPage')),
  lazy('/models/$id/job', lazyPage(() => import('./pages/job/AwsJobPage'), 'AwsJobPage')),
  lazy('/snapshots/$id', lazyPage(() => import('./pages/SnapshotPage'), 'SnapshotPage')),
  lazy('/snapshots/$id/job', lazyPage(() => import('./pages/job/NewJobPage'), 'NewJobPage')),
  lazy('/runtimes/$id', lazyPage(() => import('./pages/RuntimePage'), 'RuntimePage')),
  lazy('/jobs/$id', lazyPage(() => import('./pages/job/JobPage'), 'JobPage')),
  lazy('/jobs', lazyPage(lists, 'JobsPage')),
  lazy('/runtimes', lazyPage(lists, 'RuntimesPage')),
  lazy('/deployments/$id', lazyPage(() => import('./pages/deploy/DeploymentPage'), 'DeploymentPage')),
  lazy('/deployments', lazyPage(lists, 'DeploymentsPage')),
  lazy('/tickets', lazyPage(lists, 'TicketsPage')),
  lazy('/tickets/$id', lazyPage(() => import('./pages/deploy/TicketPage'), 'TicketPage')),
  lazy('/lifecycles', lazyPage(() => import('./pages/lifecycle/LifecyclesPage'), 'LifecyclesPage')),
  lazy('/lifecycles/$id', lazyPage(() => import('./pages/lifecycle/LifecyclePage'), 'LifecyclePage')),
  lazy('/instances/$id', lazyPage(() => import('./pages/lifecycle/InstancePage'), 'InstancePage')),
  lazy('/notifications', lazyPage(lists, 'NotificationsPage')),
  lazy('/users', lazyPage(() => import('./pages/UsersPage'), 'UsersPage')),
  lazy('/credentials', lazyPage(() => import('./pages/CredentialsPage'), 'CredentialsPage')),
  lazy('/tasks', lazyPage(administration, 'TasksPage')),
  lazy('/about', lazyPage(administration, 'AboutPage')),
]

export const router = createRouter({
  routeTree: root.addChildren(routes),
  history: createHashHistory(),
  parseSearch,
  stringifySearch,
  context: { client: undefined as unknown as QueryClient },
  defaultPreload: false,
  scrollRestoration: false,
})
