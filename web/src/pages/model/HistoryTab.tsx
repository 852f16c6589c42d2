/** Who changed what, and when. */
import { SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { ofModelQuery } from '../../api/queries'
import type { AuditRecord } from '../../api/types'
import { Ago } from '../../components/text'
import { ProblemView } from '../../components/views'
import { shorten } from '../../lib/time'

const kinds: Record<string, string> = {
  StoredModel: 'the business model', DeployableModel: 'a snapshot', DeployedModel: 'a deployment', Job: 'a job', Runtime: 'a runtime', Notification: 'a notification',
}

const verbs = { add: 'set', replace: 'changed', remove: 'removed', move: 'moved', copy: 'copied', test: 'checked' } as const

export function HistoryTab({ id }: { id: string }) {
  const query = useQuery(ofModelQuery<AuditRecord>('auditRecords', id, { size: 100, sort: 'created,desc' }))
  if (query.isError) return <ProblemView error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <SkeletonText paragraph lineCount={5} />
  if (query.data.items.length === 0) return <p className="note">Nothing was recorded yet.</p>
  return (
    <ol className="timeline">
      {query.data.items.map((record) => <li key={record.id}><Entry record={record} /></li>)}
    </ol>
  )
}

function Entry({ record }: { record: AuditRecord }) {
  const made = record.changes.some((change) => change.path === '' && change.op === 'add')
  const gone = record.changes.some((change) => change.path === '' && change.op === 'remove')
  const leaves = record.changes.filter((change) => change.path !== '')
  const what = kinds[record.entityType] ?? record.entityType
  return (
    <>
      <p>
        <strong>{record.createdBy}</strong> {made ? 'added' : gone ? 'deleted' : 'changed'} {what} · <Ago at={record.claimedDate ?? record.createdDate} focusable />
        {record.imported && ' · brought in from elsewhere'}
      </p>
      {leaves.length > 0 && (
        <details>
          <summary className="note">{leaves.length === 1 ? '1 value' : `${leaves.length} values`}</summary>
          <ul className="plain">
            {leaves.map((change, index) => (
              <li key={index} className="note">
                {verbs[change.op]} <code className="mono">{change.path}</code>
                {change.op !== 'remove' && <> to <code className="mono">{shorten(JSON.stringify(change.value) ?? '', 200)}</code></>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}
