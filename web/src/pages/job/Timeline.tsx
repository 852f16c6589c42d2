import { useQuery } from '@tanstack/react-query'
import { listQuery } from '../../api/queries'
import type { AuditRecord, Job } from '../../api/types'
import { Section } from '../../components/views'
import { timeline } from '../../lib/job'
import { ago, clock } from '../../lib/time'
import { useNow } from '../../components/hooks'

/** What happened when, by whom, and how long each part took. */
export function Timeline({ job }: { job: Job }) {
  // What AWS runs was claimed by nobody here.
  const audit = useQuery({ ...listQuery<AuditRecord>('auditRecords', { filter: `entityId:${job.id}`, sort: 'created', size: 50 }), enabled: !job.sageMaker && job.owner !== undefined })
  const now = useNow()
  return (
    <Section title="Timeline">
      <ol className="moments">
        {timeline(job, audit.data?.items).map((moment) => (
          <li key={`${moment.what}${moment.at}`}>
            <p>{moment.what}{moment.by && <> by {moment.by}</>}</p>
            <p className="note"><time dateTime={new Date(moment.at).toISOString()} title={ago(moment.at, now)} tabIndex={0}>{clock(moment.at)}</time></p>
            {moment.then && <p className="note">{moment.then}</p>}
          </li>
        ))}
      </ol>
    </Section>
  )
}
