/** Where the model runs, and what of it needs a person. */
import { SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { ofModelQuery } from '../../api/queries'
import type { DeployedModel, Job, Notification, StoredModel } from '../../api/types'
import { Ago, InLink, Status } from '../../components/text'
import { ProblemView } from '../../components/views'
import { to } from '../../lib/links'
import { jobKind, jobName, notificationHref } from '../columns'

export function WhereItRuns({ id }: { id: string }) {
  const query = useQuery(ofModelQuery<DeployedModel>('deployedModels', id, { filter: 'state:DEPLOYED,DEPLOYING,UNDEPLOYING,FAILED', size: 10 }))
  return (
    <section className="card">
      <h2>Where it runs</h2>
      {query.isError && <ProblemView error={query.error} />}
      {query.isPending && <SkeletonText paragraph lineCount={2} />}
      {query.data?.items.length === 0 && <p className="note">Nowhere. No snapshot of it is deployed.</p>}
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
          </li>
        ))}
      </ul>
    </section>
  )
}

export function Attention({ model }: { model: StoredModel }) {
  const notes = useQuery(ofModelQuery<Notification>('notifications', model.id, { filter: 'open:true', size: 5, sort: 'created,desc' }))
  const jobs = useQuery(ofModelQuery<Job>('jobs', model.id, { size: 1, sort: 'created,desc' }))
  const failed = jobs.data?.items.filter((job) => job.jobStatus === 'ERROR') ?? []
  const error = notes.error ?? jobs.error
  const known = notes.data && jobs.data
  const calm = known && notes.data.items.length === 0 && failed.length === 0
  return (
    <section className="card">
      <h2>What needs attention</h2>
      {error && <ProblemView error={error} />}
      {!known && !error && <SkeletonText paragraph lineCount={2} />}
      {calm && <p className="note">Nothing: no open notification, and the last job did not fail.</p>}
      <ul className="plain">
        {failed.map((job) => (
          <li key={job.id}>
            <div className="row spread"><span>The last job, <InLink href={to.job(job.id)}>{jobName(job)}</InLink>, failed</span><Status state="ERROR" /></div>
            <p className="note">{job.sageMaker?.failureReason ?? job.jobMessages?.at(-1) ?? jobKind(job)}</p>
          </li>
        ))}
        {notes.data?.items.map((one) => {
          const href = notificationHref(one)
          return (
            <li key={one.id}>
              <div className="row spread"><span>{href ? <InLink href={href}>{one.message}</InLink> : one.message}</span><Status state={one.severity} /></div>
              <p className="note"><Ago at={one.createdDate} /></p>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
