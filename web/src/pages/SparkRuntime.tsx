/** A Spark runtime: its cluster, when it was heard of, its jobs, and why nothing is picked if so. */
import { useQuery } from '@tanstack/react-query'
import { listQuery } from '../api/queries'
import type { Job, Runtime } from '../api/types'
import { useNow } from '../components/hooks'
import { RelatedTable } from '../components/RelatedTable'
import { Ago, Facts, Mono, Status } from '../components/text'
import { Note, Section } from '../components/views'
import { to } from '../lib/links'
import { clusterFacts, whyNothingIsPicked } from '../lib/sparkRuntime'
import { wordOf } from '../lib/status'
import { jobColumns } from './columns'

export function SparkRuntime({ runtime }: { runtime: Runtime }) {
  const now = useNow()
  const why = whyNothingIsPicked(runtime, now)
  const cluster = clusterFacts(runtime.cluster)
  const settings = runtime as { executorMemory?: string; sparkConf?: Record<string, string> }
  return (
    <>
      {why && <Note tone="warning" title="No job is picked"><p>{why}</p></Note>}
      <div className="columns">
        <section className="card">
          <h2>Cluster</h2>
          <Facts
            rows={[
              ['State', cluster.state ? <Status key="state" state={cluster.state} /> : 'Not told yet'],
              ...cluster.rows,
              ['Executor memory', settings.executorMemory],
              ...Object.entries(settings.sparkConf ?? {}).map(([key, value]) => [key, <code key={key} className="mono">{value || '(set)'}</code>] as const),
            ]}
          />
        </section>
        <section className="card">
          <h2>Runtime</h2>
          <Facts
            rows={[
              ['Last contact', runtime.lastContact ? <Ago key="contact" at={runtime.lastContact} focusable /> : 'None yet'],
              ['Instance', runtime.instanceId && <Mono key="instance" text={runtime.instanceId} label="Copy the instance" />],
              ['Id', <Mono key="id" text={runtime.id} label="Copy the id" />],
              ['Enrolled', <Ago key="since" at={runtime.createdDate} focusable />],
            ]}
          />
        </section>
      </div>
      <Jobs id={runtime.id} />
    </>
  )
}

const states = ['CREATED', 'WAITING', 'RUNNING', 'ERROR', 'COMPLETE', 'CANCELLED'] as const

function Jobs({ id }: { id: string }) {
  const query = useQuery(listQuery<Job>('jobs', { filter: `engineId:${id}`, sort: 'created,desc', size: 20 }))
  return (
    <Section title="Jobs">
      <ul className="counts">{states.map((state) => <Count key={state} id={id} state={state} />)}</ul>
      <RelatedTable label="Jobs" query={query} columns={jobColumns} only={['name', 'status', 'type', 'model', 'began', 'duration']} href={(job) => to.job(job.id)} nothing="No job ran here yet." all={to.list('jobs', `engineId:${id}`)} />
    </Section>
  )
}

function Count({ id, state }: { id: string; state: string }) {
  const filter = `engineId:${id} status:${state}`
  const { data } = useQuery(listQuery<Job>('jobs', { filter, size: 1 }))
  return (
    <li>
      <a className="cds--link" href={to.list('jobs', filter)}>
        <strong>{data ? data.page.totalElements.toLocaleString('en') : '…'}</strong> {wordOf(state)}
      </a>
    </li>
  )
}
