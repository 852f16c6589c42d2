/** Addresses of the REST interface. */

/** The part of an address before the page's own name: a gateway may show us below a path such as `/gw`, which it takes away on the way here. */
export const prefixOf = (address: string): string => new URL('.', address).pathname.replace(/\/$/, '')

const here = globalThis.document?.baseURI

/** Below what the page was loaded; empty at the root. */
export const prefix = here ? prefixOf(here) : ''

/** What links for people begin with: `https://host/gw`. */
export const home = here ? new URL(here).origin + prefix : ''

/** An address of the REST interface as the browser must ask for it. */
export const below = (path: string): string => prefix + path

export const registry = '/model-manage/api'
export const sageMaker = '/sagemaker-service/api'
/** Life cycles, in the shape of Camunda 7. */
export const mlc = '/mlc-service/rest'

export type Collection =
  | 'storedModels'
  | 'deployableModels'
  | 'deployedModels'
  | 'runtimes'
  | 'jobs'
  | 'modelTestResults'
  | 'notifications'
  | 'auditRecords'
  | 'users'
  | 'clients'

export type Query = Record<string, string | number | readonly string[] | undefined>

/** `path` with the parameters that have a value; a list is a parameter for each. */
export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== '') search.append(name, String(one))
    }
  }
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

export const objectPath = (collection: Collection, id: string): string => `${registry}/${collection}/${encodeURIComponent(id)}`

/** Finder by business model. */
export function ofModel(collection: Collection, storedModelId: string, query: Query = {}): string {
  const finder = collection === 'auditRecords' ? 'findAuditRecordsByStoredModelId' : 'findAllByStoredModelId'
  return withQuery(`${registry}/${collection}/search/${finder}`, { storedModelId, ...query })
}

/** A stream of a job's log: from a byte on, or its last bytes; with `follow` the answer waits for more, with `raw` it is a download. */
export function logPath(jobId: string, stream: 'stdout' | 'stderr', place: { offset?: number; tail?: number; follow?: boolean; raw?: boolean }): string {
  const flag = (value: boolean | undefined) => (value ? 'true' : undefined)
  return withQuery(`${objectPath('jobs', jobId)}/logs/${stream}`, { offset: place.offset, tail: place.tail, follow: flag(place.follow), raw: flag(place.raw) })
}
