/** What is known of one step: what it is for, when it was visited, what it waits for. */
import type { EngineJob } from '../../api/types'
import { useNow } from '../../components/hooks'
import { Ago, Facts, Mono, Status } from '../../components/text'
import { instantOf, type StepFacts, waitOf } from '../../lib/lifecycle'
import type { Step } from '../../lib/process'
import { ago, duration } from '../../lib/time'

export function StepDetail({ step, facts, work = [] }: { step: Step; facts?: StepFacts | undefined; work?: readonly EngineJob[] }) {
  const now = useNow()
  const last = facts?.visits.at(-1)
  const started = instantOf(last?.startTime)
  const ended = instantOf(last?.endTime)
  const waits = work.filter((job) => job.activityId === step.id).flatMap((job) => waitOf(job, (at) => ago(at, now)) ?? [])
  const open = facts !== undefined && ['AT', 'STUCK'].includes(facts.state)
  return (
    <section className="card">
      <h2>{step.name}</h2>
      {facts && <p><Status state={facts.state} /></p>}
      {facts?.incidents.map((one) => <p key={one.id} className="comment">{one.incidentMessage}</p>)}
      {open && waits.map((text) => <p key={text}>{text}</p>)}
      {step.note && <p className="note">{step.note}</p>}
      <Facts
        rows={[
          ['What it is', step.kind],
          ['Begun', started !== undefined && <Ago at={started} focusable />],
          ['Took', started !== undefined && ended !== undefined && duration(ended - started)],
          ['Visits', facts && facts.visits.length > 1 && facts.visits.length],
          ['Id', <Mono key="id" text={step.id} label="Copy the id" />],
        ]}
      />
    </section>
  )
}
