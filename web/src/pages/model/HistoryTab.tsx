/** Who changed what, and when. */
import { SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { ofModelQuery } from '../../api/queries'
import type { AuditRecord } from '../../api/types'
import { Ago, InLink } from '../../components/text'
import { ProblemView } from '../../components/views'
import { type Entry, entries } from '../../lib/history'
import { to } from '../../lib/links'
import { count } from '../../lib/operation'
import { shorten } from '../../lib/time'

const kinds: Record<string, [one: string, many: string]> = {
  StoredModel: ['the business model', 'business models'], DeployableModel: ['a snapshot', 'snapshots'], DeployedModel: ['a deployment', 'deployments'], Job: ['a job', 'jobs'],
  Runtime: ['a runtime', 'runtimes'], Notification: ['a notification', 'notifications'], ModelTestResult: ['a test result', 'test results'],
}

const pages: Record<string, (id: string) => string> = { DeployableModel: to.snapshot, Job: to.job, Runtime: to.runtime }

const verbs = { add: 'set', replace: 'changed', remove: 'removed', move: 'moved', copy: 'copied', test: 'checked' } as const

export function HistoryTab({ id }: { id: string }) {
  const query = useQuery(ofModelQuery<AuditRecord>('auditRecords', id, { size: 100, sort: 'created,desc' }))
  if (query.isError) return <ProblemView error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <SkeletonText paragraph lineCount={5} />
  if (query.data.items.length === 0) return <p className="note">Nothing was recorded yet.</p>
  return (
    <ol className="timeline">
      {entries(query.data.items).map((entry) => <li key={entry.records[0]!.id}><EntryView entry={entry} /></li>)}
    </ol>
  )
}

function EntryView({ entry: { verb, records } }: { entry: Entry }) {
  const first = records[0]!
  const [one, many] = kinds[first.entityType] ?? [first.entityType, first.entityType]
  const href = pages[first.entityType]?.(first.entityId)
  return (
    <>
      <p>
        <strong>{first.createdBy}</strong> {verb} {records.length > 1 ? `${records.length} ${many}` : href && verb !== 'deleted' ? <InLink href={href}>{one}</InLink> : one} · <Ago at={first.claimedDate ?? first.createdDate} focusable />
        {first.imported && ' · brought in from elsewhere'}
      </p>
      {records.length > 1 ? <Objects records={records} /> : <Values record={first} />}
    </>
  )
}

function Objects({ records }: { records: AuditRecord[] }) {
  const page = pages[records[0]!.entityType]
  if (!page) return null
  return (
    <details>
      <summary className="note">Which</summary>
      <ul className="plain">{records.map((record) => <li key={record.id} className="note"><InLink href={page(record.entityId)}><code className="mono">{record.entityId}</code></InLink></li>)}</ul>
    </details>
  )
}

function Values({ record }: { record: AuditRecord }) {
  const leaves = record.changes.filter((change) => change.path !== '')
  if (leaves.length === 0) return null
  return (
    <details>
      <summary className="note">{count(leaves.length, 'value')}</summary>
      <ul className="plain">
        {leaves.map((change, index) => (
          <li key={index} className="note">
            {verbs[change.op]} <code className="mono">{change.path}</code>
            {change.op !== 'remove' && <> to <code className="mono">{shorten(JSON.stringify(change.value) ?? '', 200)}</code></>}
          </li>
        ))}
      </ul>
    </details>
  )
}
