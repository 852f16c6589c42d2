/** What an instance is stuck on, with the error in full, and the way on. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { call } from '../../api/client'
import { incidentsQuery, mlcPath } from '../../api/lifecycles'
import { home } from '../../api/paths'
import { sessionQuery } from '../../api/queries'
import type { Incident, Instance } from '../../api/types'
import { useOutline } from '../../components/lifecycle/ProcessView'
import { Refusable } from '../../components/Refusable'
import { Ago, InLink } from '../../components/text'
import { CommandLines, ProblemView, Section } from '../../components/views'
import { curl, shellQuote } from '../../lib/commands'
import { incidentMessage, instantOf, isRunning } from '../../lib/lifecycle'
import { to } from '../../lib/links'
import { count } from '../../lib/operation'
import { steerRefusal } from '../../lib/rights'

/** Of a thousand that one call activity called each can be stuck. */
const most = 20

export function Incidents({ instance }: { instance: Instance }) {
  const query = useQuery(incidentsQuery(instance.id, isRunning(instance)))
  const { outline } = useOutline(instance.processDefinitionId ?? '')
  const open = (query.data ?? []).filter((one) => one.open !== false && isRunning(instance))
  const resolved = (query.data?.length ?? 0) - open.length
  if (query.isError && !query.data) return <ProblemView error={query.error} retry={() => void query.refetch()} />
  if (open.length === 0) return null
  return (
    <Section title={open.length === 1 ? 'What it is stuck on' : `What it is stuck on: ${count(open.length, 'incident')}`}>
      {open.slice(0, most).map((one) => <Stuck key={one.id} incident={one} instance={instance} step={outline?.steps.find((step) => step.id === one.activityId)?.name} />)}
      {open.length > most && <p className="note">And {count(open.length - most, 'more incident')}.</p>}
      {resolved > 0 && <p className="note">{count(resolved, 'earlier incident')} resolved.</p>}
    </Section>
  )
}

/** What it called is stuck, or what that called. */
function Called({ incident }: { incident: Incident }) {
  const called = incident.calledProcessInstanceId!
  const stuck = incident.rootCauseIncidentProcessInstanceId ?? called
  return (
    <p>
      <InLink href={to.instance(called)}>The process that it called</InLink> {called === stuck ? 'is stuck' : <>waits for <InLink href={to.instance(stuck)}>another</InLink>, which is stuck</>}
      {incident.rootCauseIncidentActivityId && ` at ${incident.rootCauseIncidentActivityId}`}: {incidentMessage(incident)}
    </p>
  )
}

function Stuck({ incident, instance, step }: { incident: Incident; instance: Instance; step: string | undefined }) {
  const client = useQueryClient()
  const session = useQuery(sessionQuery).data
  const path = mlcPath(`incident/${encodeURIComponent(incident.id)}/retry`)
  const retry = useMutation({ mutationFn: () => call('POST', path), onSettled: () => client.invalidateQueries({ queryKey: ['lifecycles'] }) })
  return (
    <div className="problem incident">
      <h3>{step ?? incident.activityId ?? 'The life cycle'}</h3>
      {incident.calledProcessInstanceId ? <Called incident={incident} /> : <p>{incident.incidentMessage}</p>}
      <p className="note">Since <Ago at={instantOf(incident.incidentTimestamp)} focusable />. Mend the cause first: trying again does the same once more, and finds what has been done already.</p>
      {retry.isError && <ProblemView error={retry.error} />}
      <div className="row">
        <Refusable size="sm" kind="primary" refusal={steerRefusal(session, instance)} disabled={retry.isPending} onClick={() => retry.mutate()}>Try again</Refusable>
      </div>
      <CommandLines commands={{ cli: `slipway lifecycle retry ${shellQuote(instance.id)}`, curl: curl(home, path, 'POST') }} />
    </div>
  )
}
