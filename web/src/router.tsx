/** Addresses of the page. They live behind `#`, as links to the matched product do (`/#/jobs/{id}`). */
import type { QueryClient } from '@tanstack/react-query'
import { createHashHistory, createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
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

const lazy = (path: string, component: ReturnType<typeof lazyRouteComponent>) => createRoute({ getParentRoute: () => root, path, component })
const lists = () => import('./pages/lists')
const administration = () => import('./pages/administration')

const routes = [
  home,
  eager,
  lazy('/models/add', lazyRouteComponent(() => import('./pages/add/AddModelPage'), 'AddModelPage')),
  lazy('/imports/$id', lazyRouteComponent(() => import('./pages/add/ImportPage'), 'ImportPage')),
  lazy('/models/$id', lazyRouteComponent(() => import('./pages/model/ModelPage'), 'ModelPage')),
  lazy('/snapshots/$id', lazyRouteComponent(() => import('./pages/SnapshotPage'), 'SnapshotPage')),
  lazy('/snapshots/$id/job', lazyRouteComponent(() => import('./pages/job/NewJobPage'), 'NewJobPage')),
  lazy('/runtimes/$id', lazyRouteComponent(() => import('./pages/RuntimePage'), 'RuntimePage')),
  lazy('/jobs/$id', lazyRouteComponent(() => import('./pages/job/JobPage'), 'JobPage')),
  lazy('/jobs', lazyRouteComponent(lists, 'JobsPage')),
  lazy('/runtimes', lazyRouteComponent(lists, 'RuntimesPage')),
  lazy('/deployments/$id', lazyRouteComponent(() => import('./pages/deploy/DeploymentPage'), 'DeploymentPage')),
  lazy('/deployments', lazyRouteComponent(lists, 'DeploymentsPage')),
  lazy('/tickets/$id', lazyRouteComponent(() => import('./pages/deploy/TicketPage'), 'TicketPage')),
  lazy('/notifications', lazyRouteComponent(lists, 'NotificationsPage')),
  lazy('/users', lazyRouteComponent(() => import('./pages/UsersPage'), 'UsersPage')),
  lazy('/credentials', lazyRouteComponent(() => import('./pages/CredentialsPage'), 'CredentialsPage')),
  lazy('/tasks', lazyRouteComponent(administration, 'TasksPage')),
  lazy('/about', lazyRouteComponent(administration, 'AboutPage')),
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
