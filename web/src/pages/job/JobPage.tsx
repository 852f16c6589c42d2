/** One run: what happened, when, on what. */
import { Button } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { send } from '../api/client'
import { objectPath } from '../api/paths'
import { objectQuery } from '../api/queries'
import type { Asset, Job } from '../api/types'
import { useNow } from '../components/hooks'
import { AwsFacts } from '../components/SageMaker'
import { Ago, CopyButton, Facts, InLink, Mono, OutLink, Status } from '../components/text'
import { Page, PageSkeleton, ProblemView, Section } from '../components/views'
import { textOf } from '../lib/aws'
import { objectCommands } from '../lib/commands'
import { cancelRefusal, sentence, timeline } from '../lib/job'
import { safeHref, to } from '../lib/links'
import { typeName } from '../lib/status'
import { duration, size } from '../lib/time'
import { jobKind, jobName } from './columns'

export function JobPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery(objectQuery<Job>('jobs', id))
  const now = useNow(1_000)
  const crumbs = [{ label: 'Jobs', href: to.list('jobs') }]
  if (query.isPending) return <PageSkeleton />
  if (query.isError && !query.data) return <Page title="Job" crumbs={crumbs}><ProblemView error={query.error} retry={() => void query.refetch()} /></Page>
  const { data: job, etag } = query.data
  const model = job.model?.storedModel
  return (
    <Page
      title={jobName(job)}
      crumbs={crumbs}
      sub={
        <>
          <span>{jobKind(job)}</span>
          {model?.id && <span>of <InLink href={to.model(model.id)}>{model.modelMetaData?.name ?? 'its business model'}</InLink></span>}
          {job.model?.id && job.model.metaData?.name && <span>snapshot <InLink href={to.snapshot(job.model.id)}>{job.model.metaData.name}</InLink></span>}
          <Status state={job.jobStatus} {...(job.sageMaker && { source: 'AWS', at: job.lastModifiedDate })} />
          {job.sageMaker?.consoleUrl && <OutLink href={job.sageMaker.consoleUrl}>AWS console</OutLink>}
          {job.sageMaker?.logsUrl && <OutLink href={job.sageMaker.logsUrl}>Log in CloudWatch</OutLink>}
        </>
      }
      actions={<CancelJob job={job} etag={etag} />}
      commands={objectCommands(window.location.origin, 'jobs', objectPath('jobs', id), id)}
    >
      <p className="lead">{sentence(job, now)}</p>
      <div className="columns">
        <section className="card">
          <h2>Timeline</h2>
          <ol className="timeline">
            {timeline(job).map((moment) => (
              <li key={`${moment.what}${moment.at}`}>
                <p>{moment.what} · <Ago at={moment.at} focusable /></p>
                {moment.lasted !== undefined && <p className="note">{duration(moment.lasted)} until the next</p>}
              </li>
            ))}
          </ol>
        </section>
        {job.sageMaker && <section className="card"><h2>In AWS</h2><AwsFacts facts={job.sageMaker} /></section>}
      </div>
      <Data title="Inputs" assets={job.inputData} />
      <Data title="Outputs" assets={job.outputData} />
      <Messages job={job} />
      <Parameters job={job} />
      <Section title="In Slipway">
        <Facts
          rows={[
            ['Runtime', job.targetEngine?.id ? <InLink href={to.runtime(job.targetEngine.id)}>{job.targetEngine.name ?? 'runtime'}</InLink> : (job.targetEngine?.name ?? typeName(job.targetEngine?.engineType))],
            ['Group', job.group],
            ['Id', <Mono key="id" text={job.id} label="Copy the id" />],
            ['Known since', <><Ago at={job.createdDate} focusable /> by {job.createdBy}</>],
          ]}
        />
      </Section>
    </Page>
  )
}

function CancelJob({ job, etag }: { job: Job; etag: string | null }) {
  const client = useQueryClient()
  const refusal = cancelRefusal(job)
  const cancel = useMutation({
    mutationFn: () => send<Job>('POST', `${objectPath('jobs', job.id)}/cancel`, { ifMatch: etag }),
    onSettled: () => client.invalidateQueries({ queryKey: ['jobs'] }),
  })
  return (
    <>
      {cancel.isError && <ProblemView error={cancel.error} />}
      <span title={refusal}>
        <Button kind="danger--tertiary" disabled={refusal !== undefined || cancel.isPending} aria-describedby={refusal ? 'cancel-refusal' : undefined} onClick={() => cancel.mutate()}>Cancel the job</Button>
        {refusal && <span id="cancel-refusal" className="visually-hidden">{refusal}</span>}
      </span>
    </>
  )
}

function Data({ title, assets }: { title: string; assets: Asset[] | undefined }) {
  if (!assets || assets.length === 0) return null
  return (
    <Section title={title}>
      <div className="table-scroll" role="region" aria-label={title} tabIndex={0}>
        <table className="plain-table" aria-label={title}>
          <thead><tr><th scope="col">Name</th><th scope="col">Where</th><th scope="col">Format</th><th scope="col">Size</th></tr></thead>
          <tbody>
            {assets.map((asset, index) => (
              <tr key={index}>
                <th scope="row">{asset.name ?? asset.filename}</th>
                <td>{asset.fileUrl ? (safeHref(asset.fileUrl) ? <OutLink href={asset.fileUrl}>{asset.fileUrl}</OutLink> : <Mono text={asset.fileUrl} />) : 'Embedded'}</td>
                <td>{asset.fileFormat === 'UNKNOWN' ? '' : asset.fileFormat}</td>
                <td>{asset.fileSize ? size(asset.fileSize) : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

function Messages({ job }: { job: Job }) {
  const messages = job.jobMessages ?? []
  if (messages.length === 0) return null
  const text = messages.join('\n')
  return (
    <Section title="Messages" aside={<CopyButton text={text} label="Copy all messages" />}>
      <pre className="code scroll" tabIndex={0} aria-label="Messages">{text}</pre>
    </Section>
  )
}

function Parameters({ job }: { job: Job }) {
  const rows = Object.entries(job.jobParameters ?? {}).map(([key, value]) => [key, textOf(value) ?? JSON.stringify(value)] as const)
  return rows.length === 0 ? null : <Section title="Parameters"><Facts rows={rows.map(([key, value]) => [key, <code key={key} className="mono">{value || '(set)'}</code>] as const)} /></Section>
}
