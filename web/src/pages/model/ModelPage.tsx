/** What is it, where does it run, is it well? */
import { Tab, TabList, TabPanel, TabPanels, Tabs } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Versioned } from '../../api/client'
import { home, objectPath } from '../../api/paths'
import { liveDeploymentsQuery, objectQuery } from '../../api/queries'
import type { StoredModel } from '../../api/types'
import { Refusable } from '../../components/Refusable'
import { OutLink, Tags } from '../../components/text'
import { useLacks } from '../../components/useLacks'
import { Note, Page, PageSkeleton, Unavailable } from '../../components/views'
import { objectCommands } from '../../lib/commands'
import { deleteRefusal } from '../../lib/deployed'
import { to } from '../../lib/links'
import type { Search } from '../../lib/listState'
import { typeName } from '../../lib/status'
import { AssetsTab } from './AssetsTab'
import { CreateSnapshot } from './CreateSnapshot'
import { DeleteObject } from '../DeleteObject'
import { DetailsTab } from './DetailsTab'
import { HistoryTab } from './HistoryTab'
import { Attention, WhereItRuns } from './Overview'
import { JobsTab, SnapshotsTab } from './tabs'

const crumbs = [{ label: 'Business Models', href: to.models() }]
const tabs = ['snapshots', 'jobs', 'assets', 'details', 'history'] as const
const labels = { snapshots: 'Snapshots', jobs: 'Jobs', assets: 'Assets', details: 'Details', history: 'History' }

export function ModelPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery(objectQuery<StoredModel>('storedModels', id))
  if (query.isPending) return <PageSkeleton />
  if (query.isError && !query.data) return <Unavailable title="Business model" crumbs={crumbs} error={query.error} retry={() => void query.refetch()} />
  return <Model seen={query.data} />
}

function Model({ seen }: { seen: Versioned<StoredModel> }) {
  const { data: model, etag } = seen
  const { id } = model
  const search = useSearch({ strict: false }) as Search
  const navigate = useNavigate()
  const deployments = useQuery(liveDeploymentsQuery(id))
  const [dialog, setDialog] = useState<'snapshot' | 'delete'>()
  const lacksWrite = useLacks('WRITE', 'storedModels', model)
  const lacksExecute = useLacks('EXECUTE', 'storedModels', model)
  const name = model.modelMetaData.name ?? id
  const facts = model.sageMaker
  const selected = Math.max(0, tabs.findIndex((tab) => tab === search.tab))
  const select = ({ selectedIndex }: { selectedIndex: number }) => void navigate({ to: '.', search: { tab: tabs[selectedIndex] } as never, replace: true })
  return (
    <Page
      title={name}
      crumbs={crumbs}
      sub={
        <>
          <span>{typeName(model.modelMetaData.type) || 'Type not said'}</span>
          <span>Group {model.group}</span>
          {facts?.consoleUrl && <OutLink href={facts.consoleUrl}>AWS console</OutLink>}
          <Tags tags={model.modelMetaData.tags} most={6} />
        </>
      }
      actions={
        <>
          <Refusable kind="danger--ghost" refusal={lacksWrite ?? deleteRefusal(deployments.data?.items ?? [])} onClick={() => setDialog('delete')}>Delete</Refusable>
          {facts && <Refusable kind="tertiary" refusal={facts.gone ? 'AWS no longer has this model.' : lacksExecute} href={to.awsJob(id)}>New job</Refusable>}
          <Refusable refusal={lacksExecute} onClick={() => setDialog('snapshot')}>Create Snapshot</Refusable>
        </>
      }
      commands={objectCommands(home, 'storedModels', objectPath('storedModels', id), id)}
    >
      {facts?.gone && <Note tone="warning" title="AWS no longer has this model"><p>It was deleted there. What Slipway knows of it is kept.</p></Note>}
      {model.modelMetaData.description && <p className="lead">{model.modelMetaData.description}</p>}
      <div className="columns">
        <WhereItRuns model={model} />
        <Attention model={model} />
      </div>
      <Tabs selectedIndex={selected} onChange={select}>
        <TabList aria-label="Parts of the business model" scrollDebounceWait={200}>{tabs.map((tab) => <Tab key={tab}>{labels[tab]}</Tab>)}</TabList>
        <TabPanels>
          {tabs.map((tab, index) => (
            <TabPanel key={tab} className="tab-panel">
              {index === selected && <ModelTab tab={tab} model={model} etag={etag} create={() => setDialog('snapshot')} />}
            </TabPanel>
          ))}
        </TabPanels>
      </Tabs>
      {dialog === 'snapshot' && <CreateSnapshot model={model} close={() => setDialog(undefined)} />}
      {dialog === 'delete' && (
        <DeleteObject collection="storedModels" id={id} etag={etag} name={name} kind="business model" next={to.models()} close={() => setDialog(undefined)}>
          Its snapshots, jobs and history stay; nothing is deleted in AWS.{facts && !facts.gone ? ' It can be imported again.' : ''}
        </DeleteObject>
      )}
    </Page>
  )
}

function ModelTab({ tab, model, etag, create }: { tab: (typeof tabs)[number]; model: StoredModel; etag: string | null; create: () => void }) {
  switch (tab) {
    case 'snapshots':
      return <SnapshotsTab model={model} create={create} />
    case 'jobs':
      return <JobsTab model={model} />
    case 'assets':
      return <AssetsTab model={model} etag={etag} />
    case 'details':
      return <DetailsTab seen={{ data: model, etag }} />
    case 'history':
      return <HistoryTab id={model.id} />
  }
}
