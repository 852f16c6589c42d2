/** One run of a life cycle: where it is and why, live; what stopped it; what it knows; how it went. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect } from 'react'
import { definitionQuery, incidentsQuery, instancePath, instanceQuery, variablesQuery, visitsQuery } from '../../api/lifecycles'
import { home } from '../../api/paths'
import { ticketsQuery } from '../../api/queries'
import type { Instance } from '../../api/types'
import { useOutline } from '../../components/lifecycle/ProcessView'
import { Ago, Facts, InLink, Mono, Status } from '../../components/text'
import { Note, Page, PageSkeleton, Section, Unavailable } from '../../components/views'
import { curl, shellQuote } from '../../lib/commands'
import { current, factsOf, failureOf, headline, instanceName, instanceState, instantOf, isRunning } from '../../lib/lifecycle'
import { to } from '../../lib/links'
import { instanceOf, ticketState } from '../../lib/ticket'
import { duration } from '../../lib/time'
import { BusinessKey, Outcome } from './columns'
import { CancelButton } from './Cancel'
import { History } from './History'
import { Incidents } from './Incidents'
import { InstanceSteps } from './InstanceSteps'
import { Variables } from './Variables'

export function InstancePage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery(instanceQuery(id))
  const definition = useQuery({ ...definitionQuery(query.data?.processDefinitionId ?? ''), enabled: Boolean(query.data?.processDefinitionId) })
  const client = useQueryClient()
  const state = query.data?.state
  useEffect(() => {
    // What was shown while it ran is not all of its end.
    if (state && state !== 'ACTIVE') void client.invalidateQueries({ queryKey: ['lifecycles'] })
  }, [client, state])
  const crumbs = [{ label: 'Model Life Cycle', href: to.lifecycles() }]
  if (query.isPending) return <PageSkeleton />
  if (!query.data) return <Unavailable title="Instance of a life cycle" crumbs={crumbs} error={query.error} retry={() => void query.refetch()} />
  const instance = query.data
  const name = instanceName(instance)
  return (
    <Page
      title={name}
      crumbs={[...crumbs, ...(definition.data ? [{ label: name, href: to.lifecycle(definition.data.id) }] : [])]}
      sub={
        <>
          <Status state={instanceState(instance)} />
          <Outcome of={instance.outcome} />
          <BusinessKey of={instance.businessKey} name={instance.businessKeyName} />
          <span>Started <Ago at={instantOf(instance.startTime)} focusable />{instance.startUserId && ` by ${instance.startUserId}`}</span>
          {instance.tenantId && <span>Group {instance.tenantId}</span>}
          <Tickets of={instance} />
        </>
      }
      actions={isRunning(instance) ? <CancelButton instance={instance} /> : undefined}
      commands={{ cli: `slipway lifecycle show ${shellQuote(id)}`, curl: curl(home, instancePath(id)) }}
    >
      <Where instance={instance} />
      {query.isRefetchError && <Note tone="warning" title="This may be old"><p>What stands here is the last that was heard. The life cycle goes on by itself when the server is back.</p></Note>}
      <Incidents instance={instance} />
      <Section title="Steps"><InstanceSteps instance={instance} /></Section>
      <Section title="History"><History instance={instance} /></Section>
      <Section title="Variables"><Variables instance={instance} /></Section>
      <Section title="In Slipway"><About instance={instance} /></Section>
    </Page>
  )
}

/** The tickets that this run opened. */
function Tickets({ of }: { of: Instance }) {
  const about = useQuery({ ...ticketsQuery(of.businessKey ?? ''), enabled: Boolean(of.businessKey) }).data?.items ?? []
  return about.filter((one) => instanceOf(one) === of.id).map((one) => (
    <span key={one.id} className="row"><InLink href={to.ticket(one.id)}>Ticket</InLink> <Status state={ticketState(one)} /></span>
  ))
}

/** Where it is, in a sentence that screen readers say when it changes. */
function Where({ instance }: { instance: Instance }) {
  const running = isRunning(instance)
  const { outline } = useOutline(instance.processDefinitionId ?? '')
  const visits = useQuery(visitsQuery(instance.id, running)).data
  const incidents = useQuery(incidentsQuery(instance.id, running)).data
  const variables = useQuery({ ...variablesQuery(instance.id, running), enabled: !running }).data
  if (running && (!outline || !visits || !incidents)) return <p className="lead" aria-busy="true">&nbsp;</p>
  const facts = factsOf(outline?.steps ?? [], visits ?? [], incidents ?? [], running)
  return <p className="lead" role="status">{headline(instance, current(outline?.steps ?? [], facts), facts, failureOf(variables ?? []))}</p>
}

function About({ instance }: { instance: Instance }) {
  return (
    <Facts
      rows={[
        ['Life cycle', instance.processDefinitionId && <InLink href={to.lifecycle(instance.processDefinitionId)}>{instanceName(instance)}, version {instance.processDefinitionVersion}</InLink>],
        ['Started by another', instance.superProcessInstanceId && <InLink href={to.instance(instance.superProcessInstanceId)}>That instance</InLink>],
        ['Ended', instance.endTime && <Ago at={instantOf(instance.endTime)} focusable />],
        ['Took', typeof instance.durationInMillis === 'number' && duration(instance.durationInMillis)],
        ['Reason', instance.deleteReason],
        ['For', <Mono key="for" text={instance.businessKey ?? undefined} label="Copy the key" />],
        ['Id', <Mono key="id" text={instance.id} label="Copy the id" />],
      ]}
    />
  )
}
