/** What Spark or SageMaker calls the run, and where it is followed there. */
import type { Job } from '../../api/types'
import { AwsFacts } from '../../components/SageMaker'
import { Facts, Mono, OutLink } from '../../components/text'
import { Section } from '../../components/views'

export function Identity({ job }: { job: Job }) {
  if (job.sageMaker) return <Section title="In AWS"><AwsFacts facts={job.sageMaker} written={job.lastModifiedDate} /></Section>
  const spark = job.sparkApplication
  if (!spark) return null
  return (
    <Section title="On Spark">
      <Facts
        rows={[
          ['Application', spark.id && <Mono key="id" text={spark.id} label="Copy the application id" />],
          ['Attempt', spark.attemptId],
          ['Followed at', spark.trackingUrl && <OutLink href={spark.trackingUrl}>{spark.trackingUrl}</OutLink>],
          ['Master', spark.master && <code className="mono">{spark.master}</code>],
          ['Deploy mode', spark.deployMode],
          ['Tag', spark.tag && <Mono key="tag" text={spark.tag} label="Copy the tag" />],
        ]}
      />
    </Section>
  )
}
