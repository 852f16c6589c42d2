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

/** Joins neighbours of one author, verb and kind that lie within a minute; changes stay single, for each has its own values. */
export function entries(records: readonly AuditRecord[]): Entry[] {
  const all: Entry[] = []
  for (const record of records) {
    const verb = verbOf(record)
    const last = all.at(-1)
    const before = last?.records.at(-1)
    const alike = last && before && verb !== 'changed' && last.verb === verb && before.entityType === record.entityType && before.createdBy === record.createdBy && Math.abs(Date.parse(before.createdDate) - Date.parse(record.createdDate)) < minute
    if (alike) last.records.push(record)
    else all.push({ verb, records: [record] })
  }
  return all
}
