/** Audit records as a person reads them: many alike at once are one entry. */
import type { AuditRecord } from '../api/types'

export type Verb = 'added' | 'changed' | 'deleted'

export interface Entry {
  verb: Verb
  records: AuditRecord[]
}

export function verbOf(record: AuditRecord): Verb {
  const whole = record.changes.find((change) => change.path === '')
  return whole?.op === 'add' ? 'added' : whole?.op === 'remove' ? 'deleted' : 'changed'
}

const minute = 60_000

/** Joins what one author did to things of one kind within a minute, also where other kinds came between; changes stay single, for each has its own values. */
export function entries(records: readonly AuditRecord[]): Entry[] {
  const all: Entry[] = []
  for (const record of records) {
    const verb = verbOf(record)
    const alike = verb === 'changed' ? undefined : all.findLast((entry) => entry.verb === verb && fits(entry.records.at(-1)!, record))
    if (alike) alike.records.push(record)
    else all.push({ verb, records: [record] })
  }
  return all
}

const fits = (before: AuditRecord, record: AuditRecord): boolean =>
  before.entityType === record.entityType && before.createdBy === record.createdBy && Math.abs(Date.parse(before.createdDate) - Date.parse(record.createdDate)) < minute

const textAt = (value: unknown, ...path: string[]): string | undefined => {
  const found = path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined), value)
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** What the thing is called, where its record has it whole. */
function nameIn(record: AuditRecord): string | undefined {
  const whole = record.changes.find((change) => change.path === '')?.value
  const [snapshot, runtime] = [textAt(whole, 'deployableModel', 'metaData', 'name'), textAt(whole, 'engine', 'name')]
  if (snapshot && runtime) return `${snapshot} on ${runtime}`
  return textAt(whole, 'modelMetaData', 'name') ?? textAt(whole, 'metaData', 'name') ?? textAt(whole, 'name') ?? textAt(whole, 'sageMaker', 'name') ?? textAt(whole, 'message')
}

/** Names by id: records of a change tell only what changed, that of the beginning the name. */
export function namesOf(records: readonly AuditRecord[]): Map<string, string> {
  return new Map(records.flatMap((record): [string, string][] => {
    const name = nameIn(record)
    return name ? [[record.entityId, name]] : []
  }))
}

/** Where a thing is shown: a deployment with its snapshot. */
export function shownAt(record: AuditRecord): { kind: string; id: string } {
  const snapshot = record.entityType === 'DeployedModel' && textAt(record.changes.find((change) => change.path === '')?.value, 'deployableModel', 'id')
  return snapshot ? { kind: 'DeployableModel', id: snapshot } : { kind: record.entityType, id: record.entityId }
}
