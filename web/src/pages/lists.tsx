/** Jobs, runtimes, deployments, tickets and notifications. */
import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from '../api/queries'
import type { DeployedModel, Job, Notification, Runtime } from '../api/types'
import { ListView } from '../components/ListView'
import { NothingYet } from '../components/NothingYet'
import { Refusable } from '../components/Refusable'
import { Empty, Page } from '../components/views'
import { to } from '../lib/links'
import { addRefusal } from '../lib/rights'
import { ticketTerm } from '../lib/ticket'
import { deploymentColumns, jobColumns, jobName, notificationColumns, notificationHref, runtimeColumns, ticketColumns } from './columns'

function ImportFirst() {
  const { data: session } = useQuery(sessionQuery)
  return <Refusable kind="tertiary" refusal={addRefusal(session)} href={to.addModel()}>Add Business Model</Refusable>
}

const importFirst = <ImportFirst />

export function JobsPage() {
  return (
    <Page title="Jobs">
      <ListView<Job>
        collection="jobs"
        noun="jobs"
        columns={jobColumns}
        defaultSort="began,desc"
        fields={['name', 'status', 'jobType', 'engineType', 'storedModelId', 'deployableModelId', 'runtime', 'engineId', 'owner', 'ended', 'awsCreated']}
        facets={[
          { label: 'Created', term: 'status:CREATED' },
          { label: 'Waiting', term: 'status:WAITING' },
          { label: 'Running', term: 'status:RUNNING' },
          { label: 'Failed', term: 'status:ERROR' },
          { label: 'Complete', term: 'status:COMPLETE' },
          { label: 'Cancelled', term: 'status:CANCELLED' },
          { label: 'Scoring', term: 'jobType:MODEL_BATCH_JOB' },
          { label: 'Metrics', term: 'jobType:MODEL_BATCH_TEST_JOB' },
          { label: 'Training', term: 'jobType:MODEL_BATCH_TRAINING_JOB' },
          { label: 'On Spark', term: 'engineType:SPARK_RUNTIME' },
          { label: 'Ended today', term: 'ended>1d' },
        ]}
        href={(job) => to.job(job.id)}
        name={jobName}
        empty={
          <NothingYet what="Jobs">
            <Empty title="No jobs yet" action={importFirst} cli="slipway job list">
              A job is one run of a model: scoring, metrics or training. Those of a SageMaker model come with its import; scripts post theirs to
              /model-manage/api/jobs.
            </Empty>
          </NothingYet>
        }
      />
    </Page>
  )
}

export function RuntimesPage() {
  return (
    <Page title="Runtimes">
      <ListView<Runtime>
        collection="runtimes"
        noun="runtimes"
        columns={runtimeColumns}
        defaultSort="name"
        fields={['name', 'state', 'engineType', 'tag', 'region', 'account']}
        facets={[
          { label: 'SageMaker', term: 'engineType:SAGEMAKER_RUNTIME' },
          { label: 'Spark', term: 'engineType:SPARK_RUNTIME' },
          { label: 'With errors', term: 'state:ERROR' },
          { label: 'Offline', term: 'state:OFFLINE' },
        ]}
        href={(runtime) => to.runtime(runtime.id)}
        name={(runtime) => runtime.name}
        empty={
          <NothingYet what="Runtimes">
            <Empty title="No runtimes yet" action={importFirst} cli="slipway runtime list">
              A runtime is where a snapshot runs. Each SageMaker endpoint of an imported model is one; a Spark runtime enrols by itself when it starts.
            </Empty>
          </NothingYet>
        }
      />
    </Page>
  )
}

export function DeploymentsPage() {
  return (
    <Page title="Deployments">
      <ListView<DeployedModel>
        collection="deployedModels"
        noun="deployments"
        columns={deploymentColumns}
        defaultSort="created,desc"
        fields={['state', 'storedModelId', 'deployableModelId', 'runtimeId']}
        facets={[
          { label: 'Deployed', term: 'state:DEPLOYED' },
          { label: 'Deploying', term: 'state:DEPLOYING' },
          { label: 'Failed', term: 'state:FAILED' },
          { label: 'Undeployed', term: 'state:UNDEPLOYED' },
        ]}
        href={(one) => to.deployment(one.id)}
        name={(one) => one.deployableModel.metaData?.name ?? one.id}
        empty={
          <NothingYet what="Deployments">
            <Empty title="Nothing is deployed yet" action={importFirst} cli="slipway deployment list">
              A deployment is a snapshot on a runtime. A SageMaker endpoint that serves an imported model shows up here.
            </Empty>
          </NothingYet>
        }
      />
    </Page>
  )
}

/** Open ones first; what is new stands above what is old. */
export function TicketsPage() {
  return (
    <Page title="Tickets">
      <ListView<Notification>
        collection="notifications"
        noun="tickets"
        within={ticketTerm}
        columns={ticketColumns}
        defaultSort="open,desc created,desc"
        fields={['open', 'storedModelId', 'deployableModelId']}
        facets={[
          { label: 'Open', term: 'open:true' },
          { label: 'Decided or closed', term: 'open:false', sort: 'created,desc' },
        ]}
        href={(one) => to.ticket(one.id)}
        name={(one) => one.message}
        empty={
          <Empty title="Nothing waits for a decision" cli="slipway ticket list">
            A ticket asks whether a snapshot may be deployed. It is opened where approvals are required: by a life cycle, or by whoever asks for a deployment.
          </Empty>
        }
      />
    </Page>
  )
}

export function NotificationsPage() {
  return (
    <Page title="Notifications">
      <ListView<Notification>
        collection="notifications"
        noun="notifications"
        columns={notificationColumns}
        defaultSort="created,desc"
        fields={['severity', 'type', 'open', 'storedModelId', 'deployableModelId', 'jobId']}
        facets={[
          { label: 'Open', term: 'open:true' },
          { label: 'Critical', term: 'severity:CRITICAL' },
          { label: 'Errors', term: 'severity:ERROR' },
          { label: 'Warnings', term: 'severity:WARNING' },
        ]}
        href={notificationHref}
        name={(one) => one.message}
        empty={
          <Empty title="Nothing needs you" cli="slipway notification list">
            What needs a person appears here: imports that found less than they should, jobs that failed, tickets.
          </Empty>
        }
      />
    </Page>
  )
}
