/** What Spark or SageMaker calls the run, and where it is followed there. */
import type { Job } from '../../api/types'
import { AwsFacts } from '../../components/SageMaker'
import { Facts, Mono, OutLink } from '../../components/text'
import { Section } from '../../components/views'
import { followedAt } from '../../lib/job'

export function Identity({ job }: { job: Job }) {
  if (job.sageMaker) return <Section title="In AWS"><AwsFacts facts={job.sageMaker} written={job.lastModifiedDate} /></Section>
  const spark = job.sparkApplication
  if (!spark) return null
  const page = followedAt(job)
  return (
    <Section title="On Spark">
      <Facts
        rows={[
          ['Application', spark.id && <Mono key="id" text={spark.id} label="Copy the application id" />],
          ['Attempt', spark.attemptId],
          ['Followed at', page && (page.lasts ? <OutLink href={page.url}>{page.url}</OutLink> : <><code className="mono">{page.url}</code> (until the driver ended)</>)],
          ['Master', spark.master && <code className="mono">{spark.master}</code>],
          ['Deploy mode', spark.deployMode],
          ['Tag', spark.tag && <Mono key="tag" text={spark.tag} label="Copy the tag" />],
        ]}
      />
    </Section>
  )
}
