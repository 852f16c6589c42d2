/** Where snapshots run: its state, what it serves, what AWS says. */
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { home, objectPath } from '../api/paths'
import { listQuery, objectQuery } from '../api/queries'
import type { DeployedModel, Runtime } from '../api/types'
import { AwsStatus } from '../components/AwsStatus'
import { RelatedTable } from '../components/RelatedTable'
import { AwsFacts, Described, Variants } from '../components/SageMaker'
import { Ago, Facts, InLink, Mono, OutLink, Status, Tags } from '../components/text'
import { Note, Page, PageSkeleton, Section, Unavailable } from '../components/views'
import { objectCommands } from '../lib/commands'
import { to } from '../lib/links'
import { typeName } from '../lib/status'
import { deploymentColumns } from './columns'
import { SparkRuntime } from './SparkRuntime'

export function RuntimePage() {
  const { id } = useParams({ strict: false }) as { id: string }
  // A heartbeat makes no event.
  const query = useQuery({ ...objectQuery<Runtime>('runtimes', id), refetchInterval: ({ state }) => (state.data?.data.engineType === 'SPARK_RUNTIME' ? 10_000 : false) })
  const crumbs = [{ label: 'Runtimes', href: to.list('runtimes') }]
  if (query.isPending) return <PageSkeleton />
  if (query.isError && !query.data) return <Unavailable title="Runtime" crumbs={crumbs} error={query.error} retry={() => void query.refetch()} />
  const runtime = query.data.data
  const facts = runtime.sageMaker
  return (
    <Page
      title={runtime.name}
      crumbs={crumbs}
      sub={
        <>
          <span>{typeName(runtime.engineType)}</span>
          <span>Group {runtime.group}</span>
          {facts?.status ? <AwsStatus facts={facts} written={runtime.lastModifiedDate} /> : <Status state={runtime.state} {...(runtime.lastContact && { source: 'the runtime', at: runtime.lastContact })} />}
          {facts?.endpointConfigName && <Configuration runtimeId={id} name={facts.endpointConfigName} />}
          {facts?.consoleUrl && <OutLink href={facts.consoleUrl}>AWS console</OutLink>}
          <Tags tags={runtime.tags} most={6} />
        </>
      }
      commands={objectCommands(home, 'runtimes', objectPath('runtimes', id), id)}
    >
      {facts?.gone && <Note tone="warning" title="AWS no longer has this endpoint"><p>It was deleted there. What Slipway knows of it is kept.</p></Note>}
      {facts?.failureReason && <Note tone="warning" title="AWS says why it failed"><p>{facts.failureReason}</p></Note>}
      {runtime.engineType === 'SPARK_RUNTIME' ? <SparkRuntime runtime={runtime} /> : <Endpoint runtime={runtime} />}
    </Page>
  )
}

/** By its snapshot, where one of that configuration is on the endpoint. */
function Configuration({ runtimeId, name }: { runtimeId: string; name: string }) {
  const served = useQuery(listQuery<DeployedModel>('deployedModels', { filter: `runtimeId:${runtimeId}`, sort: 'created,desc', size: 20 })).data?.items ?? []
  const snapshot = (served.find((one) => one.deployableModel.metaData?.name === name) ?? served.find((one) => one.state === 'DEPLOYED'))?.deployableModel.id
  return <span>Configuration {snapshot ? <InLink href={to.snapshot(snapshot)}>{name}</InLink> : name}</span>
}

function Endpoint({ runtime }: { runtime: Runtime }) {
  const facts = runtime.sageMaker
  const served = useQuery(listQuery<DeployedModel>('deployedModels', { filter: `runtimeId:${runtime.id}`, sort: 'created,desc', size: 20 }))
  return (
    <>
      <Variants variants={facts?.productionVariants} />
      <Variants variants={facts?.shadowProductionVariants} title="Shadow variants" />
      <Described title="Update under way" value={facts?.pendingDeploymentSummary} />
      <Described title="Data capture" value={facts?.dataCaptureStatus ?? facts?.dataCaptureConfig} />
      {facts?.monitoringSchedules?.map((schedule, index) => <Described key={index} title={`Monitor ${index + 1}`} value={schedule} />)}
      <Section title="What it serves">
        <RelatedTable label="What it serves" query={served} columns={deploymentColumns} only={['snapshot', 'state', 'model', 'since']} href={(one) => to.deployment(one.id)} nothing="No snapshot is deployed here." />
      </Section>
      <div className="columns">
        {facts && <section className="card"><h2>In AWS</h2><AwsFacts facts={facts} written={runtime.lastModifiedDate} /></section>}
        <section className="card">
          <h2>In Slipway</h2>
          <Facts
            rows={[
              ['State', <Status key="state" state={runtime.state} />],
              ['Id', <Mono key="id" text={runtime.id} label="Copy the id" />],
              ['Known since', <Ago key="since" at={runtime.createdDate} focusable />],
              ['Updated', <Ago key="updated" at={runtime.lastModifiedDate} focusable />],
            ]}
          />
        </section>
      </div>
    </>
  )
}
