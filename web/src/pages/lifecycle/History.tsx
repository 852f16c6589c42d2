/** How an instance went: each visit of a step, and each incident, in order. */
import { SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { incidentsQuery, visitsQuery } from '../../api/lifecycles'
import type { Instance } from '../../api/types'
import { useOutline } from '../../components/lifecycle/ProcessView'
import { Ago } from '../../components/text'
import { ProblemView } from '../../components/views'
import { incidentMessage, instantOf, isRunning } from '../../lib/lifecycle'
import { duration } from '../../lib/time'

interface Entry {
  key: string
  at: number
  what: string
  note?: string | undefined
}

export function History({ instance }: { instance: Instance }) {
  const running = isRunning(instance)
  const visits = useQuery(visitsQuery(instance.id, running))
  const incidents = useQuery(incidentsQuery(instance.id, running)).data ?? []
  const { outline } = useOutline(instance.processDefinitionId ?? '')
  if (visits.isError && !visits.data) return <ProblemView error={visits.error} retry={() => void visits.refetch()} />
  if (!visits.data) return <div aria-busy="true"><SkeletonText paragraph lineCount={4} /></div>
  const name = (id: string | null | undefined) => outline?.steps.find((step) => step.id === id)?.name ?? id ?? 'The life cycle'
  const entries: Entry[] = [
    ...visits.data.filter((visit) => visit.activityType !== 'multiInstanceBody').map((visit) => {
      const at = instantOf(visit.startTime) ?? 0
      const end = instantOf(visit.endTime)
      return { key: visit.id, at, what: `${name(visit.activityId)}${typeof visit.loopCounter === 'number' ? `, item ${visit.loopCounter + 1}` : ''}`, note: visit.canceled ? 'left before its end' : end === undefined ? (running ? 'is here' : undefined) : end - at >= 1_000 ? `took ${duration(end - at)}` : undefined }
    }),
    ...incidents.map((one) => ({ key: one.id, at: instantOf(one.incidentTimestamp) ?? 0, what: `${name(one.activityId)}: stuck`, note: `${incidentMessage(one)}${one.resolved ? ' Resolved since.' : ''}` })),
  ].sort((a, b) => a.at - b.at)
  const ended = instantOf(instance.endTime)
  return (
    <ol className="timeline">
      {entries.map((one) => (
        <li key={one.key}>
          <p>{one.what}</p>
          <p className="note"><Ago at={one.at} focusable />{one.note && `, ${one.note}`}</p>
        </li>
      ))}
      {ended !== undefined && <li><p>The end</p><p className="note"><Ago at={ended} focusable />{instance.deleteReason && `: ${instance.deleteReason}`}</p></li>}
    </ol>
  )
}
