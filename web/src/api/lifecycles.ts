/** What the page reads of life cycles. The engine tells of an instance's beginning and end; steps between make no event, so that what runs is asked for again. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { get } from './client'
import { mlc, type Query, registry, withQuery } from './paths'
import type { EngineJob, Incident, Instance, ProcessDefinition, UserTask, Variable, Visit, Why } from './types'


export const mlcPath = (path: string, query: Query = {}): string => withQuery(`${mlc}/${path}`, query)
const part = encodeURIComponent

/** Often enough to watch it, seldom enough to forget it. */
const watch = 3_000

function read<T>(path: string, every?: number) {
  return queryOptions({ queryKey: ['lifecycles', path], queryFn: ({ signal }) => get<T>(path, signal), ...(every && { refetchInterval: every }) })
}

export const definitionsQuery = read<ProcessDefinition[]>(mlcPath('process-definition', { latestVersion: 'true' }))
export const decisionsQuery = read<ProcessDefinition[]>(mlcPath('decision-definition', { latestVersion: 'true' }))
export const definitionPath = (id: string): string => mlcPath(`process-definition/${part(id)}`)
export const definitionQuery = (id: string) => read<ProcessDefinition>(definitionPath(id))
export const versionsQuery = (key: string) => read<ProcessDefinition[]>(mlcPath('process-definition', { key }))
/** A version of a process never changes. */
export const xmlQuery = (id: string) => queryOptions({ ...read<{ bpmn20Xml?: string }>(`${definitionPath(id)}/xml`), queryKey: ['lifecycle-files', id], staleTime: Infinity })
export const countQuery = (key: string, withIncident?: boolean) => read<{ count: number }>(mlcPath('process-instance/count', { processDefinitionKey: key, withIncident: withIncident ? 'true' : undefined }), 10_000)

export type Shown = 'all' | 'running' | 'stuck' | 'ended'
const narrowed = (key: string, shown: Shown): Query => ({ processDefinitionKey: key, unfinished: shown === 'running' || shown === 'stuck' ? 'true' : undefined, finished: shown === 'ended' ? 'true' : undefined, withIncidents: shown === 'stuck' ? 'true' : undefined })
export const instancesPath = (key: string, shown: Shown, page: number, size: number): string => mlcPath('history/process-instance', { ...narrowed(key, shown), firstResult: page * size, maxResults: size })
export const instancesQuery = (key: string, shown: Shown, page: number, size: number) => queryOptions({ ...read<Instance[]>(instancesPath(key, shown, page, size), 10_000), placeholderData: keepPreviousData })
export const instanceCountQuery = (key: string, shown: Shown) => read<{ count: number }>(mlcPath('history/process-instance/count', narrowed(key, shown)))

/** Instances of a snapshot, the newest first. */
export const ofSnapshotQuery = (snapshotId: string) =>
  queryOptions({
    ...read<Instance[]>(mlcPath('history/process-instance', { processInstanceBusinessKey: snapshotId, maxResults: 5 })),
    refetchInterval: ({ state }) => (state.data?.[0]?.state === 'ACTIVE' ? watch : false),
  })

export const instancePath = (id: string): string => mlcPath(`history/process-instance/${part(id)}`)
export const instanceQuery = (id: string) => queryOptions({ ...read<Instance>(instancePath(id)), refetchInterval: ({ state }) => (state.data && state.data.state !== 'ACTIVE' ? false : watch) })
export const visitsQuery = (id: string, running: boolean) => read<Visit[]>(mlcPath('history/activity-instance', { processInstanceId: id }), running ? watch : undefined)
export const variablesQuery = (id: string, running: boolean) => read<Variable[]>(mlcPath('history/variable-instance', { processInstanceId: id }), running ? watch : undefined)
export const incidentsQuery = (id: string, running: boolean) => read<Incident[]>(mlcPath('history/incident', { processInstanceId: id }), running ? watch : undefined)
export const flowsQuery = (id: string, running: boolean) => read<string[]>(`${instancePath(id)}/flows`, running ? watch : undefined)
/** What the engine itself will do of it. */
export const workQuery = (id: string) => queryOptions({ ...read<EngineJob[]>(mlcPath('job', { processInstanceId: id }), watch) })

/** Of one instance: more than the server gives at once wait for people in none that anybody draws. */
export const tasksOfQuery = (id: string) => read<UserTask[]>(mlcPath('task', { processInstanceId: id }), watch)
export const taskPath = (id: string, verb?: 'claim' | 'unclaim' | 'complete'): string => mlcPath(`task/${part(id)}${verb ? `/${verb}` : ''}`)
/** What a task knows. */
export const taskVariablesQuery = (id: string) => read<Record<string, { value: unknown; type?: string }>>(`${taskPath(id)}/variables`)
export const tasksPath = (mine: boolean, page: number, size: number): string => mlcPath('task', { mine: mine ? 'true' : undefined, firstResult: page * size, maxResults: size })
export const tasksQuery = (mine: boolean, page: number, size: number) => queryOptions({ ...read<UserTask[]>(tasksPath(mine, page, size), 10_000), placeholderData: keepPreviousData })
export const taskCountQuery = (mine: boolean) => read<{ count: number }>(mlcPath('task/count', { mine: mine ? 'true' : undefined }), 10_000)

export const whyPath = (snapshotId: string): string => `${registry}/deployableModels/${part(snapshotId)}/why`
/** Of snapshot, deployments, runtimes, tickets and life cycles, each of which makes it old; steps of a deployment and of a life cycle make no event. */
export const whyQuery = (snapshotId: string) => queryOptions({ queryKey: ['why', snapshotId], queryFn: ({ signal }) => get<Why>(whyPath(snapshotId), signal), retry: false, refetchInterval: ({ state }) => (state.data ? 10_000 : false) })
export const whyJobQuery = (jobId: string) => queryOptions({ queryKey: ['jobs', 'why', jobId], queryFn: ({ signal }) => get<Why>(`${registry}/jobs/${part(jobId)}/why`, signal), retry: false, refetchInterval: ({ state }) => (state.data ? 10_000 : false) })
