/** Which models do we have, and which need me? */
import { Add } from '@carbon/react/icons'
import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from '../api/queries'
import type { ModelSummary, StoredModel } from '../api/types'
import { type ListColumn, ListView } from '../components/ListView'
import { NothingYet } from '../components/NothingYet'
import { Refusable } from '../components/Refusable'
import { SyncAge } from '../components/Sync'
import { Ago, InLink, Status, Tags } from '../components/text'
import { Empty, Page } from '../components/views'
import { to } from '../lib/links'
import { count } from '../lib/operation'
import { addRefusal } from '../lib/rights'
import { typeName, wordOf } from '../lib/status'

function AddButton() {
  const { data: session } = useQuery(sessionQuery)
  return <Refusable renderIcon={Add} refusal={addRefusal(session)} href={to.addModel()}>Add Business Model</Refusable>
}

/** Where it runs or should; at most two by name. */
function deployedOn(deployments: ModelSummary['deployments']) {
  if (deployments.length === 0) return null
  return (
    <span className="stack-tight">
      {deployments.slice(0, 2).map((one) => (
        <span key={one.deployedModelId}>
          <InLink href={to.runtime(one.runtimeId)}>{one.runtimeName || 'runtime'}</InLink>
          {one.state !== 'DEPLOYED' && <span className="note"> {wordOf(one.state).toLowerCase()}</span>}
        </span>
      ))}
      {deployments.length > 2 && <span className="note">and {deployments.length - 2} more</span>}
    </span>
  )
}

function lastJob(job: ModelSummary['lastJob']) {
  if (!job) return null
  return (
    <span className="stack-tight">
      <a className="cds--link" href={to.job(job.id)}><Status state={job.jobStatus} /></a>
      <span className="note"><Ago at={job.jobEndTime ?? job.awsCreationTime ?? job.createdDate} /></span>
    </span>
  )
}

/** What of it needs a person, each with where to go. */
function attention(model: StoredModel) {
  const summary = model.summary
  if (!summary) return null
  const failed = summary.deployments.filter((one) => one.state === 'FAILED')
  if (summary.openTickets === 0 && summary.openProblems === 0 && failed.length === 0 && summary.lastJob?.jobStatus !== 'ERROR') return null
  return (
    <span className="stack-tight">
      {summary.openTickets > 0 && <InLink href={to.list('tickets', `storedModelId:${model.id} open:true`)}>{count(summary.openTickets, 'open ticket')}</InLink>}
      {summary.openProblems > 0 && <InLink href={to.model(model.id)}>{count(summary.openProblems, 'open problem')}</InLink>}
      {failed.map((one) => <InLink key={one.deployedModelId} href={to.runtime(one.runtimeId)}>{one.runtimeName || 'a deployment'} failed</InLink>)}
      {summary.lastJob?.jobStatus === 'ERROR' && <InLink href={to.job(summary.lastJob.id)}>The last job failed</InLink>}
    </span>
  )
}

const columns: ListColumn<StoredModel>[] = [
  { id: 'name', header: 'Name', sort: 'name', cell: (model) => model.modelMetaData.name ?? model.id },
  { id: 'type', header: 'Type', sort: 'type', cell: (model) => typeName(model.modelMetaData.type) },
  { id: 'group', header: 'Group', sort: 'group', cell: (model) => model.group },
  { id: 'snapshots', header: 'Snapshots', number: true, cell: (model) => model.summary?.snapshots.toLocaleString('en') },
  { id: 'deployed', header: 'Deployed on', lead: true, long: true, cell: (model) => model.summary && deployedOn(model.summary.deployments) },
  { id: 'lastJob', header: 'Last job', lead: true, cell: (model) => model.summary && lastJob(model.summary.lastJob) },
  { id: 'attention', header: 'Needs attention', lead: true, long: true, cell: attention },
  { id: 'updated', header: 'Updated', sort: 'updated', cell: (model) => <Ago at={model.lastModifiedDate} /> },
  { id: 'tags', header: 'Tags', optional: true, cell: (model) => <Tags tags={model.modelMetaData.tags} most={1} /> },
  { id: 'region', header: 'Region', sort: 'region', optional: true, cell: (model) => model.sageMaker?.region },
  { id: 'account', header: 'AWS account', sort: 'account', optional: true, cell: (model) => model.sageMaker?.account },
  { id: 'createdBy', header: 'Added by', sort: 'createdBy', optional: true, cell: (model) => model.createdBy },
  { id: 'created', header: 'Added', sort: 'created', optional: true, cell: (model) => <Ago at={model.createdDate} /> },
]

function Nothing() {
  return (
    <NothingYet what="Models">
      <Empty title="No business models yet" action={<AddButton />} cli="slipway model import NAME">
        A business model is an entry of the registry: what a model is, where its files lie, what it was trained on. Pick one of a SageMaker account, and its
        endpoint configurations, endpoints and jobs come along; nothing is changed in AWS.
      </Empty>
    </NothingYet>
  )
}

export function ModelsPage() {
  return (
    <Page title="Business Models" sub={<SyncAge />} actions={<AddButton />}>
      <ListView
        collection="storedModels"
        projection="summary"
        noun="business models"
        columns={columns}
        defaultSort="updated,desc"
        fields={['name', 'type', 'tag', 'deployed', 'attention', 'stage', 'region', 'account']}
        facets={[
          { label: 'Needs attention', term: 'attention:true' },
          { label: 'Deployed', term: 'deployed:true' },
          { label: 'SageMaker', term: 'type:SAGEMAKER' },
          { label: 'PySpark', term: 'type:PYSPARK' },
          { label: 'Changed this week', term: 'updated>7d' },
        ]}
        href={(model) => to.model(model.id)}
        name={(model) => model.modelMetaData.name ?? model.id}
        empty={<Nothing />}
      />
    </Page>
  )
}
