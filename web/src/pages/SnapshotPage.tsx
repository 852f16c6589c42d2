/** A model as it was at one time. */
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { ApiError } from '../api/client'
import { whyQuery } from '../api/lifecycles'
import { home, objectPath } from '../api/paths'
import { deploymentQuery, deploymentsOfSnapshotQuery, listQuery, objectQuery, ticketsQuery } from '../api/queries'
import type { DeployableModel, EngineSelector, Job, StoredModel } from '../api/types'
import { MetadataEditor } from '../components/MetadataEditor'
import { Refusable } from '../components/Refusable'
import { RelatedTable } from '../components/RelatedTable'
import { AwsFacts, Described, Variants } from '../components/SageMaker'
import { TestResults } from '../components/TestResults'
import { Ago, Facts, InLink, Mono, OutLink, Status } from '../components/text'
import { useLacks } from '../components/useLacks'
import { WhyPanel } from '../components/WhyPanel'
import { Note, Page, PageSkeleton, ProblemView, Section, Unavailable } from '../components/views'
import { objectCommands } from '../lib/commands'
import { deleteRefusal, deployedBecause } from '../lib/deployed'
import { to } from '../lib/links'
import { typeName } from '../lib/status'
import { ticketState } from '../lib/ticket'
import { deploymentColumns, jobColumns, snapshotOrigin } from './columns'
import { DeleteObject } from './DeleteObject'
import { DeployButton } from './deploy/Deploy'
import { UndeployButton } from './deploy/Undeploy'

/** With the reader of files, which not every snapshot needs. */
const OfSnapshot = lazy(async () => ({ default: (await import('./lifecycle/OfSnapshot')).OfSnapshot }))

export function SnapshotPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery(objectQuery<DeployableModel>('deployableModels', id))
  const storedModelId = query.data?.data.storedModel.id
  const model = useQuery({ ...objectQuery<StoredModel>('storedModels', storedModelId ?? ''), enabled: storedModelId !== undefined, retry: false })
  const [deleting, setDeleting] = useState(false)
  if (query.isPending) return <PageSkeleton />
  if (query.isError && !query.data) return <Unavailable title="Snapshot" crumbs={[{ label: 'Business Models', href: to.models() }]} error={query.error} retry={() => void query.refetch()} />
  const { data: snapshot, etag } = query.data
  const facts = snapshot.sageMaker
  const name = snapshot.metaData.name ?? id
  // A snapshot outlives its model, and then leads nowhere.
  const modelId = model.error instanceof ApiError && model.error.status === 404 ? undefined : snapshot.storedModel.id
  const modelName = snapshot.storedModel.modelMetaData?.name ?? 'its business model'
  return (
    <Page
      title={name}
      crumbs={[{ label: 'Business Models', href: to.models() }, ...(modelId ? [{ label: modelName, href: to.model(modelId) }] : [])]}
      sub={
        <>
          <span>Snapshot of {modelId ? <InLink href={to.model(modelId)}>{modelName}</InLink> : storedModelId ? `${modelName}, which was deleted` : modelName}</span>
          <span>Group {snapshot.group}</span>
          <span><Ago at={facts?.creationTime ?? snapshot.createdDate} focusable /></span>
          {facts?.consoleUrl && <OutLink href={facts.consoleUrl}>Configuration in AWS</OutLink>}
        </>
      }
      actions={<Actions snapshot={snapshot} modelId={modelId} remove={() => setDeleting(true)} />}
      commands={objectCommands(home, 'deployableModels', objectPath('deployableModels', id), id)}
    >
      {facts?.generated && !facts.arn && <Note tone="info" title="Made by Slipway"><p>AWS has no endpoint configuration for this model. One is made there when a deployment of this snapshot is approved, not before.</p></Note>}
      {facts?.gone && <Note tone="warning" title="AWS no longer has this configuration"><p>It was deleted there. What Slipway knows of it is kept.</p></Note>}
      <Deployments snapshot={snapshot} />
      <Suspense fallback={null}><OfSnapshot snapshot={snapshot} /></Suspense>
      <Variants variants={facts?.productionVariants} />
      <Variants variants={facts?.shadowProductionVariants} title="Shadow variants" />
      {facts?.models && facts.models.length > 1 && (
        <Section title="Models of this configuration">
          <ul className="plain stack-tight">{facts.models.map((model) => <li key={model.arn ?? model.name}><OutLink href={model.consoleUrl}>{model.name}</OutLink></li>)}</ul>
        </Section>
      )}
      <Described title="Data capture" value={facts?.dataCaptureConfig} />
      <TestResults deployableModelId={id} />
      <div className="columns">
        {facts && !facts.generated && <section className="card"><h2>In AWS</h2><AwsFacts facts={facts} written={snapshot.lastModifiedDate} /></section>}
        <section className="card">
          <h2>Metadata</h2>
          <MetadataEditor collection="deployableModels" id={id} seen={{ data: snapshot, etag }} member="metaData" />
        </section>
      </div>
      <Jobs id={id} />
      <Section title="In Slipway">
        <Facts rows={[['Comes from', snapshotOrigin(snapshot)], ['Meant for', targets(snapshot)], ['Id', <Mono key="id" text={id} label="Copy the id" />], ['Created', <><Ago at={snapshot.createdDate} focusable /> by {snapshot.createdBy}</>]]} />
      </Section>
      {deleting && (
        <DeleteObject collection="deployableModels" id={id} etag={etag} name={name} kind="snapshot" next={modelId ? to.model(modelId) : to.models()} close={() => setDeleting(false)}>
          Nothing is deleted in AWS. A snapshot that is deployed cannot be deleted.
        </DeleteObject>
      )}
    </Page>
  )
}

/** Names of the runtimes that its maker had in mind. */
function targets(snapshot: DeployableModel): string | undefined {
  const named = (snapshot as { targetRuntimes?: EngineSelector[] }).targetRuntimes ?? []
  return named.map((one) => one.name ?? typeName(one.engineType)).filter(Boolean).join(', ') || undefined
}

function Actions({ snapshot, modelId, remove }: { snapshot: DeployableModel; modelId: string | undefined; remove: () => void }) {
  const deployments = useQuery(deploymentsOfSnapshotQuery(snapshot.id))
  const lacksWrite = useLacks('WRITE', 'deployableModels', snapshot)
  const lacksExecute = useLacks('EXECUTE', 'deployableModels', snapshot)
  const aws = snapshot.sageMaker !== undefined
  const refusal = aws && !modelId ? 'Its business model was deleted.' : lacksExecute
  const live = (deployments.data?.items ?? []).filter((one) => one.state === 'DEPLOYED' && one.engine.engineType === 'SAGEMAKER_RUNTIME')
  return (
    <>
      <Refusable kind="danger--ghost" refusal={lacksWrite ?? deleteRefusal(deployments.data?.items ?? [])} onClick={remove}>Delete</Refusable>
      <Refusable kind={snapshot.sageMaker ? 'tertiary' : 'primary'} refusal={refusal} href={aws && modelId ? to.awsJob(modelId, snapshot.id) : to.newJob(snapshot.id)}>New job</Refusable>
      {live.length === 1 && <Undeploy id={live[0]!.id} />}
      <DeployButton snapshot={snapshot} kind={snapshot.sageMaker && live.length === 0 ? 'primary' : 'tertiary'} />
    </>
  )
}

/** Of one endpoint; where there are several, each is undeployed at its own deployment. */
function Undeploy({ id }: { id: string }) {
  const deployment = useQuery(deploymentQuery(id)).data
  return deployment ? <UndeployButton deployment={deployment} /> : null
}

function Deployments({ snapshot }: { snapshot: DeployableModel }) {
  const query = useQuery(deploymentsOfSnapshotQuery(snapshot.id))
  const why = useQuery(whyQuery(snapshot.id))
  const all = query.data?.items ?? []
  const live = all.filter((one) => one.state === 'DEPLOYED')
  return (
    <Section title={live.length > 0 ? 'Why is it deployed?' : 'Why is it not deployed?'}>
      {why.data ? <WhyPanel why={why.data} /> : query.data && !why.isPending && <p className="why">{deployedBecause(snapshot, all)}</p>}
      {all.length > 0 && <RelatedTable label="Deployments" query={query} columns={deploymentColumns} only={['endpoint', 'state', 'since']} href={(one) => to.deployment(one.id)} nothing="" />}
      {query.isError && <ProblemView error={query.error} retry={() => void query.refetch()} />}
      {snapshot.sageMaker && <Approval id={snapshot.id} />}
    </Section>
  )
}

/** The newest ticket about it, as part of why it is deployed or not. */
function Approval({ id }: { id: string }) {
  const ticket = useQuery(ticketsQuery(id)).data?.items[0]
  if (!ticket) return null
  return (
    <p className="row approval">
      <Status state={ticketState(ticket)} />
      <span><InLink href={to.ticket(ticket.id)}>{ticketState(ticket) === 'OPEN' ? 'A ticket asks for its approval' : 'The last ticket about it'}</InLink>, <Ago at={ticket.decision?.decidedAt ?? ticket.createdDate} focusable /></span>
    </p>
  )
}

function Jobs({ id }: { id: string }) {
  const query = useQuery(listQuery<Job>('jobs', { filter: `deployableModelId:${id}`, sort: 'began,desc', size: 20 }))
  return (
    <Section title="Jobs">
      <RelatedTable label="Jobs" query={query} columns={jobColumns} only={['name', 'status', 'type', 'began', 'duration']} href={(job) => to.job(job.id)} nothing="No job of this snapshot is known." all={to.list('jobs', `deployableModelId:${id}`)} />
    </Section>
  )
}
