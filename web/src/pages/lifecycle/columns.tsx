/** Columns of instances, shared by the page of a life cycle and that of a snapshot. */
import { mlcPath } from '../../api/lifecycles'
import { below } from '../../api/paths'
import type { Instance, ProcessDefinition } from '../../api/types'
import type { ListColumn } from '../../components/ListView'
import { Ago, InLink, Mono, Status } from '../../components/text'
import { instanceState, instantOf, outcomeState, outcomeWords } from '../../lib/lifecycle'
import { to } from '../../lib/links'
import { shorten } from '../../lib/time'

export const instanceColumns: ListColumn<Instance>[] = [
  { id: 'started', header: 'Started', cell: (one) => <Ago at={instantOf(one.startTime)} /> },
  { id: 'state', header: 'State', cell: (one) => <Status state={instanceState(one)} /> },
  { id: 'outcome', header: 'Outcome', cell: (one) => <Outcome of={one.outcome} /> },
  { id: 'incidents', header: 'Incidents', number: true, cell: (one) => (one.incidents ? one.incidents : null) },
  { id: 'key', header: 'For', cell: (one) => <BusinessKey of={one.businessKey} name={one.businessKeyName} /> },
  { id: 'version', header: 'Version', number: true, cell: (one) => one.processDefinitionVersion },
  { id: 'by', header: 'Started by', cell: (one) => one.startUserId },
  { id: 'ended', header: 'Ended', cell: (one) => <Ago at={instantOf(one.endTime)} /> },
]

const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What an instance is about: a snapshot where it looks like one, else the key as it is. @param name of the snapshot. */
export function BusinessKey({ of, name }: { of: string | null | undefined; name?: string | null | undefined }) {
  if (!of) return null
  return isId.test(of) ? <InLink href={to.snapshot(of)}>{name || `Snapshot ${shorten(of, 13)}`}</InLink> : <Mono text={of} most={24} />
}

/** How it ended. */
export function Outcome({ of }: { of: string | null | undefined }) {
  return of ? <Status state={outcomeState(of)} word={outcomeWords(of)!} /> : null
}

/** The file as it was deployed, byte for byte. */
export function FileLink({ of }: { of: ProcessDefinition }) {
  if (!of.deploymentId || !of.resource) return null
  return <a className="cds--link" download={of.resource} href={below(mlcPath(`deployment/${encodeURIComponent(of.deploymentId)}/resources/${encodeURIComponent(of.resource)}/data`))}>{of.resource}</a>
}
