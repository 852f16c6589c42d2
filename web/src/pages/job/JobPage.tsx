/** One run: what happened, when, on what. */
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ApiError } from '../../api/client'
import { whyJobQuery } from '../../api/lifecycles'
import { home, objectPath } from '../../api/paths'
import { objectQuery } from '../../api/queries'
import type { Job, Runtime } from '../../api/types'
import { AwsStatus } from '../../components/AwsStatus'
import { useNow } from '../../components/hooks'
import { TestResults } from '../../components/TestResults'
import { Ago, CopyButton, Facts, InLink, Mono, OutLink, Status } from '../../components/text'
import { Page, PageSkeleton, Section, Unavailable } from '../../components/views'
import { textOf } from '../../lib/aws'
import { objectCommands, shellQuote } from '../../lib/commands'
import { followedAt, hasEnded, sentence } from '../../lib/job'
import { to } from '../../lib/links'
import { engineName, jobKind, jobName } from '../columns'
import { JobActions } from './Actions'
import { Files } from './Files'
import { Identity } from './Identity'
import { LogView } from './LogView'
import { Reassign } from './Reassign'
import { Timeline } from './Timeline'
import { Written } from './Written'

export function JobPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  // Messages come without an event.
  const query = useQuery({ ...objectQuery<Job>('jobs', id), refetchInterval: ({ state }) => (state.data && !hasEnded(state.data.data) ? 5_000 : false) })
  const crumbs = [{ label: 'Jobs', href: to.list('jobs') }]
  if (query.isPending) return <PageSkeleton />
  if (query.isError && !query.data) return <Unavailable title="Job" crumbs={crumbs} error={query.error} retry={() => void query.refetch()} />
  const { data: job, etag } = query.data
  return (
    <Page title={jobName(job)} crumbs={crumbs} sub={<Head job={job} />} actions={<JobActions job={job} etag={etag} />} commands={objectCommands(home, 'jobs', objectPath('jobs', id), id)}>
      <What job={job} />
      <Reassign job={job} />
      <Timeline job={job} />
      {!job.sageMaker && (job.jobStatus !== 'CREATED' || job.owner) && <LogView key={id} job={job} />}
      <Files title="Inputs" assets={job.inputData} job={job} />
      <Files title="Outputs" assets={job.outputData} job={job} />
      {job.sageMaker && hasEnded(job) && <Written job={job} />}
      <Messages job={job} />
      <Parameters job={job} />
      <Identity job={job} />
      {hasEnded(job) && <TestResults jobId={job.id} />}
      <InSlipway job={job} />
    </Page>
  )
}

function Head({ job }: { job: Job }) {
  const model = job.model?.storedModel
  const { consoleUrl, logsUrl } = job.sageMaker ?? {}
  const spark = followedAt(job)
  return (
    <>
      <span>{jobKind(job)}</span>
      {model?.id && <span>of <InLink href={to.model(model.id)}>{model.modelMetaData?.name ?? 'its business model'}</InLink></span>}
      {job.model?.id && job.model.metaData?.name && <span>snapshot <InLink href={to.snapshot(job.model.id)}>{job.model.metaData.name}</InLink></span>}
      {job.sageMaker ? <AwsStatus facts={job.sageMaker} state={job.jobStatus} written={job.lastModifiedDate} /> : <Status state={job.jobStatus} source={job.targetEngine?.name ?? 'Slipway'} at={job.lastModifiedDate} />}
      {consoleUrl && <OutLink href={consoleUrl}>AWS console</OutLink>}
      {logsUrl && <OutLink href={logsUrl}>Log in CloudWatch</OutLink>}
      {spark?.lasts && <OutLink href={spark.url}>{hasEnded(job) ? 'Spark history' : 'Spark page'}</OutLink>}
    </>
  )
}

/** The runtime that the job is for; `unknown` where none is to be seen under its id. */
function useRuntime(job: Job): Runtime | 'unknown' | undefined {
  const engine = job.targetEngine?.id ?? ''
  const { data, error } = useQuery({ ...objectQuery<Runtime>('runtimes', engine), enabled: engine !== '', refetchInterval: job.jobStatus === 'CREATED' ? 10_000 : false, retry: false })
  return error instanceof ApiError && error.status === 404 ? 'unknown' : data?.data
}

function What({ job }: { job: Job }) {
  const now = useNow(1_000)
  const runtime = useRuntime(job)
  const unknown = job.jobStatus === 'CREATED' && !job.owner && runtime === 'unknown'
  // Whether one of that name is there for another group is for the server to tell: it knows what may be told.
  const why = useQuery({ ...whyJobQuery(job.id), enabled: unknown })
  return (
    <>
      <p className="lead">{unknown && why.data ? why.data.answer : sentence(job, now, runtime === 'unknown' && !unknown ? undefined : runtime)}</p>
      {unknown && why.data?.next.map(({ message }) => <p key={message} className="note after-lead">{message}</p>)}
      {job.retryOf && <p className="note after-lead">It repeats <InLink href={to.job(job.retryOf)}>an earlier job</InLink>.</p>}
    </>
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
  const rows = Object.entries(job.jobParameters ?? {}).map(([key, value]) => [key, <code key={key} className="mono">{(textOf(value) ?? (value === '' ? '' : JSON.stringify(value))) || '(set)'}</code>] as const)
  const command = job.effectiveCommand?.map(shellQuote).join(' ')
  return (
    <>
      {rows.length > 0 && <Section title="Parameters"><Facts rows={rows} /></Section>}
      {command && (
        <Section title="What was run" aside={<CopyButton text={command} label="Copy the command" />}>
          <pre className="code scroll" tabIndex={0} aria-label="Effective command">{command}</pre>
        </Section>
      )}
    </>
  )
}

function InSlipway({ job }: { job: Job }) {
  const engine = job.targetEngine
  const runtime = useRuntime(job)
  return (
    <Section title="In Slipway">
      <Facts
        rows={[
          ['Runtime', engine?.id && runtime !== 'unknown' ? <InLink href={to.runtime(engine.id)}>{engine.name ?? 'runtime'}</InLink> : engineName(job)],
          ['Group', job.group],
          ['Id', <Mono key="id" text={job.id} label="Copy the id" />],
          ['Known since', <><Ago at={job.createdDate} focusable /> by {job.createdBy}</>],
        ]}
      />
    </Section>
  )
}
