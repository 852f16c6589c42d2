/** The CLI line and the curl that show the same as a view. */

import type { ListQuery } from './listState'

export interface Commands {
  cli?: string
  curl?: string
}

/** A word as a POSIX shell takes it literally. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

export function curl(origin: string, path: string, method = 'GET', body?: unknown): string {
  const parts = ['curl']
  if (method !== 'GET') parts.push('-X', method)
  parts.push('-H', '"Authorization: Bearer $SLIPWAY_TOKEN"')
  if (body !== undefined) parts.push('-H', "'Content-Type: application/json'", '-d', shellQuote(JSON.stringify(body)))
  parts.push(shellQuote(origin + path))
  return parts.join(' ')
}

const nouns: Record<string, string> = {
  storedModels: 'model',
  deployableModels: 'snapshot',
  deployedModels: 'deployment',
  runtimes: 'runtime',
  jobs: 'job',
  notifications: 'notification',
  users: 'user',
  clients: 'client',
}

export function listCommands(origin: string, collection: string, path: string, query: ListQuery): Commands {
  const search = new URLSearchParams()
  if (query.filter) search.set('filter', query.filter)
  for (const key of query.sort) search.append('sort', key)
  search.set('page', String(query.page))
  search.set('size', String(query.size))
  const noun = nouns[collection]
  const cli = ['slipway', noun, 'list', ...(query.filter ? ['--filter', shellQuote(query.filter)] : []), ...query.sort.flatMap((key) => ['--sort', shellQuote(key)])].join(' ')
  return { ...(noun && { cli }), curl: curl(origin, `${path}?${search}`) }
}

export function objectCommands(origin: string, collection: string, path: string, id: string): Commands {
  const noun = nouns[collection]
  return { ...(noun && { cli: `slipway ${noun} show ${shellQuote(id)}` }), curl: curl(origin, path) }
}

/** Import of a model by the command line; keys are asked for there, never put on a line. */
export function importCommands(origin: string, path: string, request: { modelName: string; region?: string; credentialId?: string; group?: string; deep?: boolean }): Commands {
  const words = ['slipway', 'model', 'import', shellQuote(request.modelName || 'MODEL')]
  if (request.credentialId) words.push('--credential', shellQuote(request.credentialId))
  if (request.region) words.push('--region', shellQuote(request.region))
  if (request.group) words.push('--group', shellQuote(request.group))
  if (request.deep) words.push('--deep')
  return { cli: words.join(' '), curl: curl(origin, path, 'POST', { ...request, modelName: request.modelName || 'MODEL' }) }
}
