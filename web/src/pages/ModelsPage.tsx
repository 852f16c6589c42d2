/** Which models do we have, and which need me? */
import { Button } from '@carbon/react'
import { Add } from '@carbon/react/icons'
import { useQuery } from '@tanstack/react-query'
import { ofModelQuery } from '../api/queries'
import type { DeployableModel, DeployedModel, Job, Notification, StoredModel } from '../api/types'
import { type ListColumn, ListView } from '../components/ListView'
import { Ago, InLink, Status, Tags } from '../components/text'
import { Empty, Page } from '../components/views'
import { to } from '../lib/links'
import { count } from '../lib/operation'
import { typeName } from '../lib/status'

const addButton = <Button renderIcon={Add} href={to.addModel()}>Add Business Model</Button>

function Snapshots({ id }: { id: string }) {
  const { data } = useQuery({ ...ofModelQuery<DeployableModel>('deployableModels', id, { size: 1 }), staleTime: 30_000 })
  return data ? <>{data.page.totalElements}</> : null
}

function DeployedWhere({ id }: { id: string }) {
  const { data } = useQuery({ ...ofModelQuery<DeployedModel>('deployedModels', id, { filter: 'state:DEPLOYED,DEPLOYING', size: 3 }), staleTime: 30_000 })
  if (!data || data.items.length === 0) return null
  return (
    <span className="stack-tight">
      {data.items.slice(0, 2).map((one) => (
        <span key={one.id}>{one.engine.id ? <InLink href={to.runtime(one.engine.id)}>{one.engine.name ?? 'runtime'}</InLink> : one.engine.name}</span>
      ))}
      {data.page.totalElements > 2 && <span className="note">and {data.page.totalElements - 2} more</span>}
    </span>
  )
}

function LastJob({ id }: { id: string }) {
  const { data } = useQuery({ ...ofModelQuery<Job>('jobs', id, { sort: 'created,desc', size: 1 }), staleTime: 30_000 })
  const job = data?.items[0]
  return job ? <a className="cds--link" href={to.job(job.id)}><Status state={job.jobStatus} /></a> : null
}

function OpenMatters({ id }: { id: string }) {
  const { data } = useQuery({ ...ofModelQuery<Notification>('notifications', id, { filter: 'open:true', size: 1 }), staleTime: 30_000 })
  const open = data?.page.totalElements ?? 0
  return open > 0 ? <InLink href={to.list('notifications', `storedModelId:${id} open:true`)}>{count(open, 'notification')}</InLink> : null
}

const columns: ListColumn<StoredModel>[] = [
  { id: 'name', header: 'Name', sort: 'name', cell: (model) => model.modelMetaData.name ?? model.id },
  { id: 'type', header: 'Type', sort: 'type', lead: true, cell: (model) => typeName(model.modelMetaData.type) },
  { id: 'group', header: 'Group', sort: 'group', cell: (model) => model.group },
  { id: 'snapshots', header: 'Snapshots', number: true, cell: (model) => <Snapshots id={model.id} /> },
  { id: 'deployed', header: 'Deployed on', lead: true, cell: (model) => <DeployedWhere id={model.id} /> },
  { id: 'lastJob', header: 'Last job', lead: true, cell: (model) => <LastJob id={model.id} /> },
  { id: 'attention', header: 'Needs attention', cell: (model) => <OpenMatters id={model.id} /> },
  { id: 'tags', header: 'Tags', cell: (model) => <Tags tags={model.modelMetaData.tags} most={1} /> },
  { id: 'region', header: 'Region', sort: 'region', optional: true, cell: (model) => model.sageMaker?.region },
  { id: 'account', header: 'AWS account', sort: 'account', optional: true, cell: (model) => model.sageMaker?.account },
  { id: 'createdBy', header: 'Added by', sort: 'createdBy', optional: true, cell: (model) => model.createdBy },
  { id: 'created', header: 'Added', sort: 'created', optional: true, cell: (model) => <Ago at={model.createdDate} /> },
  { id: 'updated', header: 'Updated', sort: 'updated', cell: (model) => <Ago at={model.lastModifiedDate} /> },
]

const empty = (
  <Empty title="No business models yet" action={addButton} cli="slipway model import NAME">
    A business model is an entry of the registry: what a model is, where its files lie, what it was trained on. Pick one of a SageMaker account, and its
    endpoint configurations, endpoints and jobs come along; nothing is changed in AWS.
  </Empty>
)

export function ModelsPage() {
  return (
    <Page title="Business Models" actions={addButton}>
      <ListView
        collection="storedModels"
        noun="business models"
        columns={columns}
        defaultSort="updated,desc"
        fields={['name', 'type', 'tag', 'stage', 'region', 'account']}
        facets={[
          { label: 'SageMaker', term: 'type:SAGEMAKER' },
          { label: 'PySpark', term: 'type:PYSPARK' },
          { label: 'Changed this week', term: 'updated>7d' },
        ]}
        href={(model) => to.model(model.id)}
        name={(model) => model.modelMetaData.name ?? model.id}
        empty={empty}
      />
    </Page>
  )
}
