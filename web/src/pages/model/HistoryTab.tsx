/** Who changed what, and when. */
import { Button, SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { registry } from '../../api/paths'
import { ofModelQuery } from '../../api/queries'
import type { AuditRecord } from '../../api/types'
import { Ago, InLink } from '../../components/text'
import { ProblemView } from '../../components/views'
import { type Entry, entries, namesOf, shownAt } from '../../lib/history'
import { to } from '../../lib/links'
import { count } from '../../lib/operation'
import { shorten } from '../../lib/time'

const kinds: Record<string, [one: string, many: string]> = {
  StoredModel: ['the business model', 'business models'], DeployableModel: ['a snapshot', 'snapshots'], DeployedModel: ['a deployment', 'deployments'], Job: ['a job', 'jobs'],
  Runtime: ['a runtime', 'runtimes'], Notification: ['a notification', 'notifications'], ModelTestResult: ['a test result', 'test results'],
}

const pages: Record<string, (id: string) => string> = { DeployableModel: to.snapshot, Job: to.job, Runtime: to.runtime }

const verbs = { add: 'set', replace: 'changed', remove: 'removed', move: 'moved', copy: 'copied', test: 'checked' } as const

/** How many records are read at first, and again with each press. */
const step = 100
/** The server gives no more at once. */
const most = 1000

export function HistoryTab({ id }: { id: string }) {
  const [size, setSize] = useState(step)
  const query = useQuery(ofModelQuery<AuditRecord>('auditRecords', id, { size, sort: 'created,desc' }))
  if (query.isError) return <ProblemView error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <SkeletonText paragraph lineCount={5} />
  const { items, page } = query.data
  if (items.length === 0) return <p className="note">Nothing was recorded yet.</p>
  const names = namesOf(items)
  return (
    <>
      <ol className="timeline">
        {entries(items).map((entry) => <li key={entry.records[0]!.id}><EntryView entry={entry} names={names} /></li>)}
      </ol>
      {page.totalElements > items.length && (
        <div className="row">
          <p className="note" role="status">These are the newest {items.length.toLocaleString('en')} of {page.totalElements.toLocaleString('en')} records.</p>
          {size < most
            ? <Button size="sm" kind="tertiary" disabled={query.isFetching} onClick={() => setSize(size + step)}>Show more</Button>
            : <p className="note">Older ones: <code className="mono">GET {registry}/auditRecords?filter=storedModelId:{id}</code></p>}
        </div>
      )}
    </>
  )
}

type Names = ReadonlyMap<string, string>

function EntryView({ entry: { verb, records }, names }: { entry: Entry; names: Names }) {
  const first = records[0]!
  const [one, many] = kinds[first.entityType] ?? [first.entityType, first.entityType]
  return (
    <>
      <p>
        <strong>{first.createdBy}</strong> {verb} {records.length > 1 ? `${records.length.toLocaleString('en')} ${many}` : <>{one} <Named record={first} names={names} link={verb !== 'deleted'} /></>} · <Ago at={first.claimedDate ?? first.createdDate} focusable />
        {first.imported && ' · brought in from elsewhere'}
      </p>
      {records.length > 1 ? <Objects records={records} names={names} link={verb !== 'deleted'} /> : <Values record={first} />}
    </>
  )
}

/** The thing by its name where it is known, else by its id; what is gone has no page. */
function Named({ record, names, link }: { record: AuditRecord; names: Names; link: boolean }) {
  const { kind, id } = shownAt(record)
  const page = pages[kind]
  const name = names.get(record.entityId)
  if (record.entityType === 'StoredModel') return name ? <>{name}</> : null
  const words = name ?? <code className="mono">{shorten(record.entityId, 16)}</code>
  return link && page ? <InLink href={page(id)}>{words}</InLink> : <>{words}</>
}

function Objects({ records, names, link }: { records: AuditRecord[]; names: Names; link: boolean }) {
  return (
    <details>
      <summary className="note">Which</summary>
      <ul className="plain">{records.map((record) => <li key={record.id} className="note"><Named record={record} names={names} link={link} /></li>)}</ul>
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
