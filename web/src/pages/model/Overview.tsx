/** Where the model runs, and what of it needs a person. */
import { SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { liveDeploymentsQuery, objectQuery, ofModelQuery } from '../../api/queries'
import type { DeployedModel, Job, Notification, Runtime, StoredModel } from '../../api/types'
import { AwsStatus } from '../../components/AwsStatus'
import { Ago, InLink, Severity, Status } from '../../components/text'
import { ProblemView } from '../../components/views'
import { importTitle, notKnown, partsOf, unreadLines } from '../../lib/lastImport'
import { to } from '../../lib/links'
import { isTicket, ticketState } from '../../lib/ticket'
import { jobKind, jobName, notificationHref } from '../columns'
import { ImportAgain, useRunningImport } from './ImportAgain'

export function WhereItRuns({ model }: { model: StoredModel }) {
  const query = useQuery(liveDeploymentsQuery(model.id))
  const unknown = notKnown(model.sageMaker?.lastImport, partsOf.deployments)
  const found = query.data?.items.length
  return (
    <section className="card">
      <h2>Where it runs</h2>
      {query.isError && <ProblemView error={query.error} />}
      {query.isPending && <SkeletonText paragraph lineCount={2} />}
      {found === 0 && !unknown && <Nowhere id={model.id} />}
      {found !== undefined && unknown && (
        <>
          <p className="note">{found === 0 ? 'Not known: ' : 'This may be old, and there may be more: '}{unknown}.</p>
          <ImportAgain model={model} />
        </>
      )}
      <ul className="plain">
        {query.data?.items.map((one) => (
          <li key={one.id}>
            <div className="row spread">
              <span>
                {one.deployableModel.id && <InLink href={to.snapshot(one.deployableModel.id)}>{one.deployableModel.metaData?.name ?? 'snapshot'}</InLink>}
                {' on '}
                {one.engine.id ? <InLink href={to.runtime(one.engine.id)}>{one.engine.name ?? 'runtime'}</InLink> : one.engine.name}
              </span>
              <Status state={one.state} />
            </div>
            <p className="note">{one.deployTime ? 'since' : 'known since'} <Ago at={one.deployTime ?? one.createdDate} /></p>
            {one.engine.id && one.engine.engineType === 'SAGEMAKER_RUNTIME' && one.state !== 'FAILED' && <EndpointWord id={one.engine.id} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What AWS says of the endpoint, where that is not simply that it serves. */
function EndpointWord({ id }: { id: string }) {
  const runtime = useQuery(objectQuery<Runtime>('runtimes', id)).data?.data
  const facts = runtime?.sageMaker
  if (!facts?.status || facts.status === 'InService') return null
  return <p className="note">The endpoint: <AwsStatus facts={facts} written={runtime?.lastModifiedDate} /></p>
}

/** What the first import finds appears while it runs. */
function Nowhere({ id }: { id: string }) {
  const running = useRunningImport(id)
  if (!running) return <p className="note">Nowhere. No snapshot of it is deployed.</p>
  return <p className="note">Not known yet: <InLink href={to.import(running.id)}>an import</InLink> is under way.</p>
}

export function Attention({ model }: { model: StoredModel }) {
  const notes = useQuery(ofModelQuery<Notification>('notifications', model.id, { filter: 'open:true', size: 5, sort: 'created,desc' }))
  // Imported jobs are as old as AWS says, not as we have known them.
  const jobs = useQuery(ofModelQuery<Job>('jobs', model.id, { size: 1, sort: 'began,desc' }))
  const deployments = useQuery(liveDeploymentsQuery(model.id))
  const failed = jobs.data?.items.filter((job) => job.jobStatus === 'ERROR') ?? []
  const running = useRunningImport(model.id)
  const broken = deployments.data?.items.filter((one) => one.state === 'FAILED') ?? []
  const error = notes.error ?? jobs.error ?? deployments.error
  const known = notes.data && jobs.data && deployments.data
  const last = model.sageMaker?.lastImport
  // The server tells the group of such an import too; here it stands with its next step.
  const told = notes.data?.items.filter((one) => !last || one.jobId || !one.message.startsWith(`The import of ${model.sageMaker?.name} `)) ?? []
  const calm = known && told.length === 0 && failed.length === 0 && broken.length === 0 && !last
  return (
    <section className="card">
      <h2>What needs attention</h2>
      {error && <ProblemView error={error} />}
      {!known && !error && <SkeletonText paragraph lineCount={2} />}
      {calm && <p className="note">{running ? 'Nothing so far; an import is under way.' : 'Nothing: no open notification, no failed deployment, and the last job did not fail.'}</p>}
      <ul className="plain">
        {broken.map((one) => <BrokenDeployment key={one.id} deployment={one} />)}
        {failed.map((job) => (
          <li key={job.id}>
            <div className="row spread"><span>The last job, <InLink href={to.job(job.id)}>{jobName(job)}</InLink>, failed</span><Status state="ERROR" /></div>
            <p className="note">{job.sageMaker?.failureReason ?? job.jobMessages?.at(-1) ?? jobKind(job)}</p>
          </li>
        ))}
        {last && (
          <li>
            <div className="row spread"><span><InLink href={to.import(last.operationId)}>{importTitle(last)}</InLink></span><Status state={last.state === 'ERROR' ? 'ERROR' : 'Incomplete'} /></div>
            {unreadLines(last).map((line) => <p key={line} className="note">{line}</p>)}
            <ImportAgain model={model} />
          </li>
        )}
        {told.map((one) => {
          const href = notificationHref(one)
          return (
            <li key={one.id}>
              <div className="row spread"><span>{href ? <InLink href={href}>{one.message}</InLink> : one.message}</span>{isTicket(one) ? <Status state={ticketState(one)} /> : <Severity of={one.severity} />}</div>
              <p className="note"><Ago at={one.createdDate} /></p>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** What AWS says of its endpoint stands with the runtime. */
function BrokenDeployment({ deployment }: { deployment: DeployedModel }) {
  const { engine } = deployment
  const runtime = useQuery({ ...objectQuery<Runtime>('runtimes', engine.id ?? ''), enabled: engine.id !== undefined })
  const reason = runtime.data?.data.sageMaker?.failureReason
  return (
    <li>
      <div className="row spread"><span>The deployment on <InLink href={to.deployment(deployment.id)}>{engine.name ?? 'a runtime'}</InLink> failed</span><Status state="FAILED" /></div>
      <p className="note">{reason ? `AWS says: ${reason}` : 'Open it to see how it ended.'} Deploy a snapshot that works, or undeploy this one.</p>
    </li>
  )
}
