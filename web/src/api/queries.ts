/** What the page reads, as query options; keys begin with the collection so that events can invalidate them. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { ApiError, get, getList, getVersioned, send, setCsrfToken } from './client'
import { askAgainAfter } from '../lib/again'
import { isMoving } from '../lib/deployment'
import { ticketTerm } from '../lib/ticket'
import { mayHaveSession, rememberSession } from './session'
import { type Collection, objectPath, ofModel, type Query, registry, sageMaker, withQuery } from './paths'
import type { Credential, CredentialInput, DeployedModel, Deployment, Health, Info, JobDefaults, JobOutputs, Login, ModelBrowse, Notification, Operation, Session, Sync, TaskList } from './types'

/** Without it the page can show nothing. */
const whileUnanswered = (state: { data: unknown; errorUpdateCount: number }) => (state.data === undefined && state.errorUpdateCount > 0 ? askAgainAfter(state.errorUpdateCount) : false)

/** Who is signed in; nothing when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    if (!mayHaveSession()) return null
    try {
      const session = await get<Session>('/gocli/session', signal)
      setCsrfToken(session.csrfToken)
      return session
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error
      rememberSession(false)
      return null
    }
  },
  staleTime: Infinity,
  retry: 1,
  refetchInterval: ({ state }) => whileUnanswered(state),
})

/** By name and password, or at an identity provider. */
export const loginQuery = queryOptions({
  queryKey: ['login'],
  queryFn: ({ signal }) => get<Login>('/gocli/login', signal),
  staleTime: Infinity,
  retry: 1,
  refetchInterval: ({ state }) => whileUnanswered(state),
})

export function listQuery<T>(collection: Collection, query: Query) {
  const path = withQuery(`${registry}/${collection}`, query)
  return queryOptions({
    queryKey: [collection, 'list', path],
    queryFn: ({ signal }) => getList<T>(path, signal),
    placeholderData: keepPreviousData,
  })
}

export function objectQuery<T>(collection: Collection, id: string) {
  return queryOptions({
    queryKey: [collection, 'object', id],
    queryFn: ({ signal }) => getVersioned<T>(objectPath(collection, id), signal),
  })
}

export function ofModelQuery<T>(collection: Collection, storedModelId: string, query: Query = {}) {
  const path = ofModel(collection, storedModelId, query)
  return queryOptions({
    queryKey: [collection, 'of-model', path],
    queryFn: ({ signal }) => getList<T>(path, signal),
    enabled: storedModelId !== '',
    placeholderData: keepPreviousData,
  })
}

/** Deployments of a model that are there, or should be. */
export const liveDeploymentsQuery = (storedModelId: string) => ofModelQuery<DeployedModel>('deployedModels', storedModelId, { filter: 'state:DEPLOYED,DEPLOYING,UNDEPLOYING,FAILED', size: 10 })

export function deploymentsOfSnapshotQuery(deployableModelId: string) {
  const path = withQuery(`${registry}/deployedModels/search/findAllByDeployableModelId`, { deployableModelId, size: 100 })
  return queryOptions({ queryKey: ['deployedModels', 'of-snapshot', path], queryFn: ({ signal }) => getList<DeployedModel>(path, signal) })
}

/** How a deployment goes; asked for again while it moves, since its steps make no event. */
export function deploymentQuery(id: string) {
  return queryOptions({
    queryKey: ['deployedModels', 'deployment', id],
    queryFn: ({ signal }) => get<Deployment>(`${sageMaker}/deployments/${encodeURIComponent(id)}`, signal),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? 2_000 : false),
  })
}

/** Tickets about a snapshot, the newest first. */
export const ticketsQuery = (deployableModelId: string) => listQuery<Notification>('notifications', { filter: `${ticketTerm} deployableModelId:${deployableModelId}`, sort: 'created,desc', size: 5 })

export const credentialsQuery = queryOptions({
  queryKey: ['credentials'],
  queryFn: async ({ signal }) => (await get<{ credentials: Credential[] }>(`${sageMaker}/credentials`, signal)).credentials,
})

/** How up to date each account is. The service looks by itself, which makes no event where nothing changed. */
export const syncPath = `${sageMaker}/sync`
export const syncQuery = queryOptions({
  queryKey: ['sync'],
  queryFn: async ({ signal }) => (await get<Sync>(syncPath, signal)).accounts,
  refetchInterval: 15_000,
})

/** What a job in SageMaker wrote into S3, the first hundred objects. */
export const jobOutputsQuery = (id: string) => queryOptions({ queryKey: ['jobs', 'outputs', id], queryFn: ({ signal }) => get<JobOutputs>(`${objectPath('jobs', id)}/outputs`, signal), staleTime: 30_000, retry: false })

/** What a form for a job in SageMaker begins with. */
export function jobDefaultsQuery(storedModelId: string, kind: 'transform' | 'training') {
  const path = withQuery(`${sageMaker}/jobDefaults`, { storedModelId, kind })
  return queryOptions({ queryKey: ['jobs', 'defaults', path], queryFn: ({ signal }) => get<JobDefaults>(path, signal), staleTime: Infinity, gcTime: 0, retry: false })
}

export function browseQuery(credentialId: string, region: string, q: string) {
  const path = withQuery(`${sageMaker}/models`, { credentialId, region, q })
  return queryOptions({
    queryKey: ['browse', path],
    queryFn: ({ signal }) => get<ModelBrowse>(path, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  })
}

/** With keys for this one look. */
export const browseWithKeys = async (keys: CredentialInput): Promise<ModelBrowse> => (await send<ModelBrowse>('POST', `${sageMaker}/models`, { body: keys })).data

/** A long operation. While it runs it is also polled, in case events are held up on their way. */
export function operationQuery(id: string) {
  return queryOptions({
    queryKey: ['operations', 'object', id],
    queryFn: ({ signal }) => get<Operation>(`${sageMaker}/operations/${encodeURIComponent(id)}`, signal),
    refetchInterval: (query) => (query.state.data && query.state.data.state !== 'RUNNING' ? false : 2_000),
    retry: (count, error) => !(error instanceof ApiError && error.status === 404) && count < 60,
    retryDelay: 1_000,
  })
}

/** All that is under way, however many there are: what is asked of one model must not depend on what else runs. */
export const runningQuery = queryOptions({
  queryKey: ['operations', 'running'],
  queryFn: ({ signal }) => getList<Operation>(`${sageMaker}/operations?state=RUNNING&size=1000`, signal),
  refetchInterval: (query) => (query.state.data?.items.length ? 5_000 : false),
})

/** The last that were begun. */
export const operationsQuery = queryOptions({
  queryKey: ['operations', 'list'],
  queryFn: ({ signal }) => getList<Operation>(`${sageMaker}/operations?size=10`, signal),
})

export const tasksQuery = queryOptions({
  queryKey: ['tasks'],
  queryFn: async ({ signal }) => (await get<TaskList>('/actuator/tasks', signal)).tasks,
  refetchInterval: 10_000,
})

export const infoQuery = queryOptions({ queryKey: ['info'], queryFn: ({ signal }) => get<Info>('/actuator/info', signal) })
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => get<Health>('/actuator/health', signal),
  refetchInterval: 15_000,
})
