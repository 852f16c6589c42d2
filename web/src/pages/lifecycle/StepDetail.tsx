/** What is known of one step: what it is for, when it was visited, what it waits for. */
import { Fragment, type ReactNode } from 'react'
import type { EngineJob } from '../../api/types'
import { useNow } from '../../components/hooks'
import { Ago, Facts, InLink, Mono, Status } from '../../components/text'
import { incidentMessage, instantOf, type StepFacts, waitOf } from '../../lib/lifecycle'
import { to } from '../../lib/links'
import type { Step } from '../../lib/process'
import { ago, duration } from '../../lib/time'

interface Props {
  step: Step
  facts?: StepFacts | undefined
  /** Of the whole process: what hangs at the step may be what ends its waiting. */
  steps?: readonly Step[]
  work?: readonly EngineJob[]
  /** What waits for people here. */
  children?: ReactNode
}

export function StepDetail({ step, facts, steps = [], work = [], children }: Props) {
  const now = useNow()
  const last = facts?.visits.at(-1)
  const called = facts?.visits.flatMap((visit) => visit.calledProcessInstanceId ?? []) ?? []
  const started = instantOf(last?.startTime)
  const ended = instantOf(last?.endTime)
  const waits = work.flatMap((job) => {
    const hanging = steps.find((one) => one.id === job.activityId && one.at === step.id)
    const text = job.activityId === step.id || hanging ? waitOf(job, (at) => ago(at, now)) : undefined
    return text ? [hanging ? `“${hanging.name}”: ${text.charAt(0).toLowerCase()}${text.slice(1)}` : text] : []
  })
  const open = facts !== undefined && ['AT', 'STUCK'].includes(facts.state)
  return (
    <section className="card">
      <h2>{step.name}</h2>
      {facts && <p><Status state={facts.state} /></p>}
      {facts?.incidents.map((one) => <p key={one.id} className="comment">{incidentMessage(one)}</p>)}
      {open && waits.map((text) => <p key={text}>{text}</p>)}
      {step.note && <p className="note">{step.note}</p>}
      {children}
      <Facts
        rows={[
          ['What it is', step.kind],
          ['Begun', started !== undefined && <Ago at={started} focusable />],
          ['Took', started !== undefined && ended !== undefined && duration(ended - started)],
          ['Visits', facts && facts.visits.length > 1 && facts.visits.length],
          ['Called', called.length > 0 && called.slice(0, 20).map((id, at) => <Fragment key={id}>{at > 0 && ', '}<InLink href={to.instance(id)}>{called.length === 1 ? 'That instance' : `Instance ${at + 1}`}</InLink></Fragment>)],
          ['Id', <Mono key="id" text={step.id} label="Copy the id" />],
        ]}
      />
    </section>
  )
}
