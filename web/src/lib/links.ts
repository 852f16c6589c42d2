/** Addresses inside the page, and the check on addresses that lead out of it. */

const part = encodeURIComponent

export const to = {
  models: () => '#/models',
  addModel: () => '#/models/add',
  model: (id: string, tab?: string) => `#/models/${part(id)}${tab ? `?tab=${part(tab)}` : ''}`,
  snapshot: (id: string) => `#/snapshots/${part(id)}`,
  deployment: (id: string) => `#/deployments/${part(id)}`,
  ticket: (id: string) => `#/tickets/${part(id)}`,
  runtime: (id: string) => `#/runtimes/${part(id)}`,
  job: (id: string) => `#/jobs/${part(id)}`,
  awsJob: (modelId: string, snapshotId?: string) => `#/models/${part(modelId)}/job${snapshotId ? `?snapshot=${part(snapshotId)}` : ''}`,
  newJob: (snapshotId: string) => `#/snapshots/${part(snapshotId)}/job`,
  lifecycles: () => '#/lifecycles',
  lifecycle: (id: string) => `#/lifecycles/${part(id)}`,
  instance: (id: string) => `#/instances/${part(id)}`,
  import: (id: string) => `#/imports/${part(id)}`,
  list: (name: 'jobs' | 'runtimes' | 'deployments' | 'notifications' | 'tickets' | 'snapshots', filter?: string) =>
    `#/${name}${filter ? `?filter=${part(filter)}` : ''}`,
  users: () => '#/users',
  credentials: () => '#/credentials',
  tasks: () => '#/tasks',
  about: () => '#/about',
}

/** @return the address if it may be opened from the page: http and https only, so that no data can run as a script. */
export function safeHref(address: string | undefined): string | undefined {
  if (!address) return undefined
  try {
    const url = new URL(address)
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
  } catch {
    return undefined
  }
}

/** Page of the AWS console that shows an `s3://` address: of the partition and region in which `consoleUrl` of the same object lies. */
export function s3Console(address: string | undefined, consoleUrl: string | undefined): string | undefined {
  const [, bucket, key] = /^s3a?:\/\/([^/]+)\/?(.*)$/.exec(address ?? '') ?? []
  const safe = safeHref(consoleUrl)
  if (!bucket || !safe) return undefined
  return `${new URL(safe).origin}/s3/buckets/${part(bucket)}${key ? `?prefix=${part(key)}` : ''}`
}
