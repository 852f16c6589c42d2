/** Columns that lists and model pages share. */
import type { DeployableModel, DeployedModel, Job, Notification, Runtime } from '../api/types'
import { AwsStatus } from '../components/AwsStatus'
import type { ListColumn } from '../components/ListView'
import { Ago, InLink, Mono, OutLink, Severity, Status, Tags } from '../components/text'
import { to } from '../lib/links'
import { typeName } from '../lib/status'
import { evidenceOf, isTicket, ticketState, waitsFor } from '../lib/ticket'
import { duration, instant } from '../lib/time'

export function jobName(job: Job): string {
  const of = job.model?.metaData?.name ?? job.model?.storedModel?.modelMetaData?.name
  return job.sageMaker?.name ?? (of ? `${jobKind(job)} of ${of}` : job.id)
}

export function jobKind(job: Job): string {
  return job.sageMaker ? typeName(job.sageMaker.kind) : typeName(job.jobType)
}

/** Where it runs: the runtime by name, else its kind. SageMaker runs jobs without an endpoint. */
export function engineName(job: Job): string {
  if (job.targetEngine?.name) return job.targetEngine.name
  if (job.targetEngine?.engineType === 'SAGEMAKER_RUNTIME' || job.sageMaker) return `SageMaker${job.sageMaker?.region ? `, ${job.sageMaker.region}` : ''}`
  return job.targetEngine?.engineType ? `Any ${typeName(job.targetEngine.engineType)} runtime` : 'Any runtime'
}

/** How long it ran, or has been running. */
export function jobDuration(job: Job, now: number): number | undefined {
  if (job.jobDuration !== undefined) return job.jobDuration
  const begun = instant(job.jobRunTime)
  if (begun === undefined) return undefined
  return (instant(job.jobEndTime) ?? now) - begun
}

const modelLink = (id: string | undefined, name: string | undefined) => (id ? <InLink href={to.model(id)}>{name ?? 'model'}</InLink> : name)

export const jobColumns: ListColumn<Job>[] = [
  { id: 'name', header: 'Name', sort: 'name', cell: jobName },
  { id: 'status', header: 'Status', sort: 'status', lead: true, cell: (job) => <Status state={job.jobStatus} /> },
  { id: 'type', header: 'Type', sort: 'jobType', cell: jobKind },
  { id: 'model', header: 'Business model', long: true, cell: (job) => modelLink(job.model?.storedModel?.id, job.model?.storedModel?.modelMetaData?.name) },
  { id: 'runtime', header: 'Runtime', optional: true, long: true, cell: engineName },
  { id: 'began', header: 'Began', sort: 'began', lead: true, cell: (job) => <Ago at={job.sageMaker?.creationTime ?? job.createdDate} /> },
  { id: 'duration', header: 'Duration', number: true, cell: (job) => (job.jobDuration !== undefined ? duration(job.jobDuration) : null) },
  { id: 'ended', header: 'Ended', sort: 'ended', optional: true, cell: (job) => <Ago at={job.jobEndTime} /> },
  { id: 'application', header: 'Spark application', optional: true, cell: (job) => job.sparkApplication?.id },
  { id: 'group', header: 'Group', sort: 'group', optional: true, cell: (job) => job.group },
  { id: 'createdBy', header: 'Created by', sort: 'createdBy', optional: true, cell: (job) => job.createdBy },
  { id: 'awsCreated', header: 'Created in AWS', sort: 'awsCreated', optional: true, cell: (job) => <Ago at={job.sageMaker?.creationTime} /> },
]

export const snapshotColumns: ListColumn<DeployableModel>[] = [
  { id: 'name', header: 'Name', sort: 'name', cell: (snapshot) => snapshot.metaData.name ?? snapshot.id },
  { id: 'kind', header: 'Comes from', lead: true, cell: snapshotOrigin },
  { id: 'tags', header: 'Tags', cell: (snapshot) => <Tags tags={snapshot.metaData.tags} most={3} /> },
  { id: 'created', header: 'Created', sort: 'created', lead: true, cell: (snapshot) => <Ago at={snapshot.sageMaker?.creationTime ?? snapshot.createdDate} /> },
  { id: 'createdBy', header: 'Created by', cell: snapshotMaker },
]

/** Who made a configuration is AWS's matter; here somebody imported it. */
export function snapshotMaker(snapshot: DeployableModel): string {
  return snapshot.sageMaker && !snapshot.sageMaker.generated ? `in AWS, imported by ${snapshot.createdBy}` : snapshot.createdBy
}

export function snapshotOrigin(snapshot: DeployableModel): string {
  if (snapshot.sageMaker?.generated) return 'Made by Slipway: AWS has no configuration yet'
  return snapshot.sageMaker ? 'SageMaker endpoint configuration' : 'Made in Slipway'
}

export const runtimeColumns: ListColumn<Runtime>[] = [
  { id: 'name', header: 'Name', sort: 'name', cell: (runtime) => runtime.name },
  { id: 'state', header: 'State', sort: 'state', lead: true, cell: (runtime) => (runtime.sageMaker?.status ? <AwsStatus facts={runtime.sageMaker} written={runtime.lastModifiedDate} /> : <Status state={runtime.state} />) },
  { id: 'type', header: 'Type', sort: 'engineType', lead: true, cell: (runtime) => typeName(runtime.engineType) },
  { id: 'configuration', header: 'Configuration', long: true, cell: (runtime) => runtime.sageMaker?.endpointConfigName },
  { id: 'tags', header: 'Tags', cell: (runtime) => <Tags tags={runtime.tags} most={2} /> },
  { id: 'group', header: 'Group', sort: 'group', optional: true, cell: (runtime) => runtime.group },
  { id: 'region', header: 'Region', sort: 'region', optional: true, cell: (runtime) => runtime.sageMaker?.region },
  { id: 'created', header: 'Created', sort: 'created', cell: (runtime) => <Ago at={runtime.sageMaker?.creationTime ?? runtime.createdDate} /> },
]

export const deploymentColumns: ListColumn<DeployedModel>[] = [
  { id: 'snapshot', header: 'Snapshot', long: true, cell: (one) => one.deployableModel.metaData?.name ?? one.deployableModel.id ?? one.id },
  { id: 'state', header: 'State', sort: 'state', lead: true, cell: (one) => <Status state={one.state} /> },
  { id: 'runtime', header: 'Runtime', lead: true, long: true, cell: (one) => (one.engine.id ? <InLink href={to.runtime(one.engine.id)}>{one.engine.name ?? 'runtime'}</InLink> : one.engine.name) },
  { id: 'endpoint', header: 'Deployed on', optional: true, long: true, cell: (one) => one.engine.name ?? 'runtime' },
  { id: 'model', header: 'Business model', long: true, cell: (one) => modelLink(one.deployableModel.storedModel?.id, one.deployableModel.storedModel?.modelMetaData?.name) },
  { id: 'group', header: 'Group', sort: 'group', optional: true, cell: (one) => one.group },
  { id: 'since', header: 'Known since', sort: 'created', cell: (one) => <Ago at={one.createdDate} /> },
]

export const notificationColumns: ListColumn<Notification>[] = [
  { id: 'message', header: 'Message', cell: (one) => one.message },
  { id: 'severity', header: 'Severity', sort: 'severity', lead: true, cell: (one) => <Severity of={one.severity} /> },
  { id: 'object', header: 'About', lead: true, long: true, cell: notificationObject },
  { id: 'open', header: 'Open', sort: 'open', cell: (one) => (one.open === undefined ? '' : one.open ? 'Open' : 'Closed') },
  { id: 'ticket', header: 'Ticket', lead: true, cell: (one) => (one.assignment?.issueKey ? <OutLink href={one.assignment.issueLink}>{one.assignment.issueKey}</OutLink> : isTicket(one) ? <Status state={ticketState(one)} /> : null) },
  { id: 'id', header: 'Id', optional: true, cell: (one) => <Mono text={one.id} most={16} /> },
  { id: 'created', header: 'When', sort: 'created', lead: true, cell: (one) => <Ago at={one.createdDate} /> },
]

export const ticketColumns: ListColumn<Notification>[] = [
  { id: 'message', header: 'Question', cell: (one) => one.message },
  { id: 'state', header: 'State', sort: 'open', lead: true, cell: (one) => <Status state={ticketState(one)} /> },
  { id: 'model', header: 'Business model', long: true, cell: (one) => modelLink(one.storedModelId, evidenceOf(one).model) },
  { id: 'issue', header: 'Issue', cell: (one) => one.assignment?.issueKey && <OutLink href={one.assignment.issueLink}>{one.assignment.issueKey}</OutLink> },
  { id: 'by', header: 'Asked for by', cell: (one) => one.requestedBy },
  { id: 'decided', header: 'Decided by', cell: (one) => one.decision?.decidedBy ?? <span title={one.decisionRefusal?.message}>{waitsFor(one)}</span> },
  { id: 'group', header: 'Group', sort: 'group', cell: (one) => one.group },
  { id: 'id', header: 'Id', optional: true, cell: (one) => <Mono text={one.id} most={16} /> },
  { id: 'created', header: 'Asked', sort: 'created', lead: true, cell: (one) => <Ago at={one.createdDate} /> },
]

export function notificationHref(one: Notification): string | undefined {
  return isTicket(one) ? to.ticket(one.id) : aboutHref(one)
}

/** The object that it tells of. */
function aboutHref(one: Notification): string | undefined {
  if (one.jobId) return to.job(one.jobId)
  if (one.deployableModelId) return to.snapshot(one.deployableModelId)
  if (one.engineId) return to.runtime(one.engineId)
  return one.storedModelId ? to.model(one.storedModelId) : undefined
}

function notificationObject(one: Notification) {
  const href = aboutHref(one)
  if (!href) return null
  const kind = one.jobId ? 'Job' : one.deployableModelId ? 'Snapshot' : one.engineId ? 'Runtime' : 'Business model'
  return <InLink href={href}>{kind}</InLink>
}
