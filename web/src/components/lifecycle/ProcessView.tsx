/** A process: its steps as an outline, the picture beside it, and one selection in both. */
import { SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react'
import { xmlQuery } from '../../api/lifecycles'
import { current, type StepFacts } from '../../lib/lifecycle'
import { type Outline, readOutline, type Step } from '../../lib/process'
import { ProblemView } from '../views'
import type { Mark } from './Diagram'
import { StepList } from './StepList'

const Diagram = lazy(() => import('./Diagram'))

interface Props {
  definitionId: string
  label: string
  /** Of an instance. */
  facts?: (outline: Outline) => ReadonlyMap<string, StepFacts>
  taken?: readonly string[]
  /** What is told of the step that is chosen. */
  detail: (step: Step, facts: StepFacts | undefined, steps: readonly Step[]) => ReactNode
}

const none: readonly string[] = []

export function useOutline(definitionId: string) {
  const file = useQuery(xmlQuery(definitionId))
  const xml = file.data?.bpmn20Xml
  const outline = useQuery({ queryKey: ['lifecycle-outlines', definitionId], queryFn: () => readOutline(xml!), enabled: xml !== undefined, staleTime: Infinity, retry: false, networkMode: 'always' })
  return { xml, outline: outline.data, error: file.error ?? outline.error, retry: () => void (file.isError ? file.refetch() : outline.refetch()) }
}

export function ProcessView({ definitionId, label, facts: factsFor, taken = none, detail }: Props) {
  const { xml, outline, error, retry } = useOutline(definitionId)
  const [chosen, select] = useState<string>()
  const facts = useMemo(() => (outline && factsFor ? factsFor(outline) : undefined), [outline, factsFor])
  const marks = useMemo(() => new Map<string, Mark>([...(facts ?? [])].map(([id, { state, visits }]) => [id, { state, tokens: visits.filter((visit) => !visit.endTime).length }])), [facts])
  if (error && !outline) return <ProblemView error={error} retry={retry} />
  if (!outline || !xml) return <div aria-busy="true"><SkeletonText paragraph lineCount={8} /></div>
  const here = facts ? current(outline.steps, facts)[0]?.id : undefined
  const selected = outline.steps.some((step) => step.id === chosen) ? chosen : here
  const step = outline.steps.find((one) => one.id === selected)
  return (
    <div className="process">
      <div className="process-steps">
        <StepList steps={outline.steps} facts={facts} selected={selected} select={select} />
      </div>
      <div className="process-picture">
        {outline.drawn
          ? <Suspense fallback={<div className="diagram" />}><Diagram xml={xml} label={label} marks={marks} taken={taken} selected={selected} select={select} focus={here} /></Suspense>
          : <p className="note">The file has no picture: it was not drawn. The steps are complete.</p>}
        <div className="process-detail" aria-live="polite">{step ? detail(step, facts?.get(step.id), outline.steps) : <p className="note">Choose a step, here or in the list, to see what it is.</p>}</div>
      </div>
    </div>
  )
}
