import { expect, test } from 'vitest'
import type { AuditRecord } from '../api/types'
import { entries } from './history'

const record = (entityType: string, op: string, second: number, path = ''): AuditRecord => ({ id: `${second}`, entityType, entityId: 'e', createdBy: 'ana', createdDate: `2026-11-25T10:00:${String(second).padStart(2, '0')}Z`, changes: [{ op, path }] }) as AuditRecord

test('what was added at once is one entry, changes are not', () => {
  const found = entries([record('Job', 'add', 3), record('Job', 'add', 2), record('StoredModel', 'replace', 1, '/a'), record('StoredModel', 'replace', 0, '/b')])
  expect(found.map(({ verb, records }) => [verb, records.length])).toEqual([['added', 2], ['changed', 1], ['changed', 1]])
})

test('an hour between them, or another author, parts them', () => {
  const late = { ...record('Job', 'add', 1), createdDate: '2026-11-25T11:00:00Z' }
  expect(entries([late, record('Job', 'add', 1), { ...record('Job', 'add', 0), createdBy: 'ben' }])).toHaveLength(3)
})
