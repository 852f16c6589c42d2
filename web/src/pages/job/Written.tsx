import { SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { jobOutputsQuery } from '../../api/queries'
import type { Job } from '../../api/types'
import { Ago, Mono, OutLink } from '../../components/text'
import { Note, ProblemView, Section } from '../../components/views'
import { size } from '../../lib/time'

/** The objects that a job in SageMaker wrote into S3. */
export function Written({ job }: { job: Job }) {
  const query = useQuery(jobOutputsQuery(job.id))
  if (query.isError) return <Section title="Written to S3"><ProblemView error={query.error} retry={() => void query.refetch()} /></Section>
  if (!query.data) return <Section title="Written to S3"><SkeletonText paragraph lineCount={3} /></Section>
  const { objects, problems, next } = query.data
  return (
    <Section title="Written to S3">
      {problems.map((one) => <Note key={one.url} tone="warning" title={`${one.url} cannot be read`}><p>{one.message}</p></Note>)}
      {objects.length === 0 && problems.length === 0 && <p className="note">Nothing lies where the job writes to.</p>}
      {objects.length > 0 && (
        <div className="table-scroll" role="region" aria-label="Written to S3" tabIndex={0}>
          <table className="plain-table" aria-label="Written to S3">
            <thead><tr><th scope="col">Object</th><th scope="col">Size</th><th scope="col">Written</th></tr></thead>
            <tbody>
              {objects.map((one) => (
                <tr key={one.url}>
                  <th scope="row"><span className="row"><Mono text={one.url} label="Copy the address" />{one.consoleUrl && <OutLink href={one.consoleUrl}>Open in S3</OutLink>}</span></th>
                  <td data-label="Size">{size(one.size)}</td>
                  <td data-label="Written"><Ago at={one.lastModified} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next && <p className="note">There are more: <code className="mono">slipway job outputs {job.id}</code> lists them all.</p>}
    </Section>
  )
}
