/** A snapshot on its endpoint: how it went, step by step, and how it ends. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { home, sageMaker } from '../../api/paths'
import { deploymentQuery, objectQuery } from '../../api/queries'
import type { DeployedModel, Deployment, Operation, Runtime } from '../../api/types'
import { AwsStatus } from '../../components/AwsStatus'
import { Calls, Problems, Stages } from '../../components/OperationProgress'
import { Ago, Facts, InLink, Mono, OutLink, Status } from '../../components/text'
import { Note, Page, PageSkeleton, ProblemView, Section, Unavailable } from '../../components/views'
import { curl, shellQuote } from '../../lib/commands'
import { endpointOf, isMoving, isRemoval, stepName, verdictWords } from '../../lib/deployment'
import { to } from '../../lib/links'
import { typeName } from '../../lib/status'
import { clock, exact } from '../../lib/time'
import { CancelDeployment } from './CancelDeployment'
import { UndeployButton } from './Undeploy'

export function DeploymentPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const client = useQueryClient()
  const query = useQuery(deploymentQuery(id))
  const [refused, setRefused] = useState<Error>()
  const crumbs = [{ label: 'Deployments', href: to.list('deployments') }]
  const verdict = query.data?.verdict
  useEffect(() => {
    // Its end changes what lists and the snapshot say.
    if (verdict) void client.invalidateQueries({ queryKey: ['deployedModels'], predicate: ({ queryKey }) => queryKey[1] !== 'deployment' })
  }, [client, verdict])
  if (query.isPending) return <PageSkeleton />
  if (!query.data) return <Unavailable title="Deployment" crumbs={crumbs} error={query.error} retry={() => void query.refetch()} />
  const deployment = query.data
  const { deployedModel: deployed, operation } = deployment
  const snapshotId = deployed.deployableModel.id
  const snapshot = deployed.deployableModel.metaData?.name ?? 'snapshot'
  const path = `${sageMaker}/deployments/${encodeURIComponent(id)}`
  return (
    <Page
      title={`${snapshot} on ${endpointOf(deployed)}`}
      crumbs={crumbs}
      sub={
        <>
          <Status state={deployed.state} />
          <span>{snapshotId ? <InLink href={to.snapshot(snapshotId)}>Snapshot</InLink> : 'Snapshot'}{deployed.engine.id && <>{' · '}<InLink href={to.runtime(deployed.engine.id)}>Runtime</InLink></>}</span>
          <span>Group {deployed.group}</span>
        </>
      }
      actions={<><CancelDeployment deployment={deployment} failed={setRefused} /><UndeployButton deployment={deployment} /></>}
      commands={{ cli: `slipway deployment show ${shellQuote(id)}`, curl: curl(home, path) }}
    >
      <p className="lead" role="status">{verdictWords(deployment)}</p>
      {refused && <ProblemView error={refused} />}
      <Why deployment={deployment} />
      {query.isRefetchError && <Note tone="warning" title="This may be old"><p>What stands here is the last that was heard. The work goes on by itself when the server is back.</p></Note>}
      <Steps deployment={deployment} />
      {operation && <Stages operation={unsaid(operation, deployment.reason)} label={isRemoval(deployment) ? 'Whole removal' : 'Whole deployment'} />}
      {isMoving(deployment) && <p className="note import-leave">You can leave: it goes on, also when the server is restarted, and is found under Operations at the top.</p>}
      {operation && <Calls operation={operation} />}
      {operation && <Problems operation={besides(operation, deployment.reason)} next={isRemoval(deployment) ? 'Then press Undeploy again.' : 'Then deploy the snapshot again.'} />}
      <InAws deployed={deployed} />
      <Section title="In Slipway">
        <Facts
          rows={[
            ['Runtime', <span key="runtime">{deployed.engine.id ? <InLink href={to.runtime(deployed.engine.id)}>{endpointOf(deployed)}</InLink> : endpointOf(deployed)}, {typeName(deployed.engine.engineType)}</span>],
            ['Deployed', deployed.deployTime && <Ago at={deployed.deployTime} focusable />],
            ['Undeployed', deployed.undeployTime && <Ago at={deployed.undeployTime} focusable />],
            ['Known since', <><Ago at={deployed.createdDate} focusable /> by {deployed.createdBy}</>],
            ['Id', <Mono key="id" text={id} label="Copy the id" />],
          ]}
        />
      </Section>
    </Page>
  )
}

/** What the endpoint itself is at. */
function InAws({ deployed }: { deployed: DeployedModel }) {
  const { id, engineType } = deployed.engine
  const runtime = useQuery({ ...objectQuery<Runtime>('runtimes', id ?? ''), enabled: id !== undefined && engineType === 'SAGEMAKER_RUNTIME' }).data?.data
  const facts = runtime?.sageMaker
  if (!facts) return null
  const { id: snapshot, metaData } = deployed.deployableModel
  const name = facts.endpointConfigName
  return (
    <Section title="In AWS">
      <Facts
        rows={[
          ['Status', facts.status && <AwsStatus key="status" facts={facts} written={runtime.lastModifiedDate} />],
          ['Why it failed', facts.failureReason],
          ['Configuration', name && snapshot && metaData?.name === name ? <InLink key="c" href={to.snapshot(snapshot)}>{name}</InLink> : name],
          ['Console', facts.consoleUrl && <OutLink key="o" href={facts.consoleUrl}>Open in AWS</OutLink>],
        ]}
      />
    </Section>
  )
}

/** What the reason above does not say already; a missing permission stays, with the policy that grants it. */
const besides = (operation: Operation, reason: string | undefined): Operation => ({ ...operation, problems: operation.problems.filter((one) => one.permission !== undefined || one.message !== reason) })

/** Why it waits stands above. */
const unsaid = (operation: Operation, reason: string | undefined): Operation => ({ ...operation, stages: operation.stages.map((stage) => (stage.note === reason ? { ...stage, note: undefined } : stage)) })

/** Of the verdict, or why it still waits. */
function Why({ deployment: { reason, verdict } }: { deployment: Deployment }) {
  if (!reason) return null
  const bad = verdict !== undefined && verdict !== 'DEPLOYED' && verdict !== 'UNDEPLOYED'
  return <Note tone={bad ? 'warning' : 'info'} title={verdict ? 'Why' : 'Why it waits'}><p>{reason}</p></Note>
}

function Steps({ deployment }: { deployment: Deployment }) {
  if (deployment.transitions.length === 0) return null
  return (
    <Section title="Steps">
      <ol className="moments">
        {deployment.transitions.map((step) => (
          <li key={`${step.kind}${step.state}${step.at}`}>
            <p>{stepName(step.state, step.kind)}</p>
            <p className="note"><time dateTime={step.at} title={exact(Date.parse(step.at))} tabIndex={0}>{clock(Date.parse(step.at))}</time></p>
            {step.note && <p className="note">{step.note}</p>}
          </li>
        ))}
      </ol>
    </Section>
  )
}
