import { expect, test } from 'vitest'
import type { AuditRecord } from '../api/types'
import { entries, namesOf, shownAt } from './history'

const record = (entityType: string, op: string, second: number, path = ''): AuditRecord => ({ id: `${second}`, entityType, entityId: 'e', createdBy: 'ana', createdDate: `2026-11-25T10:00:${String(second).padStart(2, '0')}Z`, changes: [{ op, path }] }) as AuditRecord

test('what was added at once is one entry, changes are not', () => {
  const found = entries([record('Job', 'add', 3), record('Job', 'add', 2), record('StoredModel', 'replace', 1, '/a'), record('StoredModel', 'replace', 0, '/b')])
  expect(found.map(({ verb, records }) => [verb, records.length])).toEqual([['added', 2], ['changed', 1], ['changed', 1]])
})

test('an hour between them, or another author, parts them', () => {
  const late = { ...record('Job', 'add', 1), createdDate: '2026-11-25T11:00:00Z' }
  expect(entries([late, record('Job', 'add', 1), { ...record('Job', 'add', 0), createdBy: 'ben' }])).toHaveLength(3)
})

test('what came between does not part what was added at once', () => {
  const found = entries([record('Job', 'add', 3), record('DeployableModel', 'add', 2), record('Job', 'add', 1)])
  expect(found.map(({ records }) => records.length)).toEqual([2, 1])
})

test('a thing is told by its name, which the record of its beginning has', () => {
  const made = { ...record('Job', 'add', 1), entityId: 'j1', changes: [{ op: 'add', path: '', value: { sageMaker: { name: 'fraud-rescore-1' } } }] } as AuditRecord
  const deployed = { ...record('DeployedModel', 'add', 2), entityId: 'd1', changes: [{ op: 'add', path: '', value: { deployableModel: { id: 's1', metaData: { name: 'fraud-prod' } }, engine: { name: 'live' } } }] } as AuditRecord
  const changed = { ...record('Job', 'replace', 3, '/jobStatus'), entityId: 'j1' }
  expect([...namesOf([changed, deployed, made])]).toEqual([['d1', 'fraud-prod on live'], ['j1', 'fraud-rescore-1']])
  expect(shownAt(deployed)).toEqual({ kind: 'DeployableModel', id: 's1' })
  expect(shownAt(changed)).toEqual({ kind: 'Job', id: 'j1' })
})
