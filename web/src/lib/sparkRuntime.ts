/** What a Spark runtime says of itself and its cluster, and why it takes no job. */
import type { Runtime } from '../api/types'
import { rowsOf, textOf } from './aws'
import { duration, instant, size } from './time'

/** Without word for so long the server calls it offline. */
const silence = 60_000

/** One sentence; nothing when it takes jobs. */
export function whyNothingIsPicked(runtime: Runtime, now: number): string | undefined {
  const heard = instant(runtime.lastContact)
  const ago = heard === undefined ? undefined : now - heard
  if (runtime.state === 'REMOVED') return `${runtime.stateReason ?? 'It was stopped, or lost its cluster while nothing ran.'} It has left; its jobs wait until it is back.`
  if (ago !== undefined && ago > silence) return `Nothing was heard of it for ${duration(ago)}. See on its host whether slipway spark-runtime runs and reaches this server.`
  if (runtime.state === 'ONLINE') return heard === undefined ? 'It has enrolled, but was not heard of since.' : runtime.stateReason
  if (runtime.stateReason) return runtime.stateReason
  if (runtime.state === 'OFFLINE') return 'It says that its cluster cannot be used now. It takes jobs again by itself when the cluster is back.'
  if (runtime.state === 'ERROR') return 'It failed. Its own log says why.'
  return heard === undefined ? 'It has enrolled, but was not heard of since.' : 'It is starting and takes jobs once its cluster answers.'
}

/** When it said so itself, after which it is heard of all the same, or when it was heard of last. */
export function offlineSince(runtime: Runtime): number | undefined {
  const moments = [instant(runtime.lastContact), instant(runtime.lastModifiedDate)].filter((at) => at !== undefined)
  return runtime.state === 'OFFLINE' && moments.length > 0 ? Math.min(...moments) : undefined
}

const known: Record<string, string> = {
  manager: 'Kind', url: 'Address', master: 'Master', deployMode: 'Deploy mode', version: 'Spark version', aliveworkers: 'Workers alive', cores: 'Cores', coresused: 'Cores in use', memory: 'Memory', memoryused: 'Memory in use',
  activeApplications: 'Applications', haState: 'High availability', resourceManagerVersion: 'ResourceManager', hadoopVersion: 'Hadoop',
}

/** Spark counts memory in MiB. */
const sizes = new Set(['memory', 'memoryused'])

/** State of the cluster and what else the runtime tells of it. */
export function clusterFacts(cluster: Record<string, unknown> | undefined): { state?: string; rows: [string, string][] } {
  const { state, status, alive, ...rest } = cluster ?? {}
  const word = textOf(state) ?? textOf(status) ?? (alive === undefined ? undefined : alive ? 'UP' : 'DOWN')
  const rows = Object.entries(rest).flatMap(([key, value]): [string, string][] => {
    const text = sizes.has(key) && typeof value === 'number' ? size(value * 1024 * 1024) : textOf(value)
    return text !== undefined && known[key] ? [[known[key], text]] : rowsOf({ [key]: value })
  })
  return { ...(word && { state: word }), rows }
}
