/** What a long operation does: stages that fill, calls to AWS, problems as they come. */
import { ProgressBar } from '@carbon/react'
import { CheckmarkFilled, CircleDash, InProgress, WarningAltFilled } from '@carbon/react/icons'
import type { Operation } from '../api/types'
import { faultsOf, isImport, isPartial, policyFor, progress, stageName, stageState, type StageState, stageWords } from '../lib/operation'
import { notAws } from '../lib/problems'
import { CopyButton, Facts } from './text'
import { Section } from './views'

const icons: Record<StageState, typeof CircleDash> = { waiting: CircleDash, running: InProgress, done: CheckmarkFilled, refused: WarningAltFilled, incomplete: WarningAltFilled, notReached: CircleDash }
const tones: Record<StageState, string> = { waiting: 'idle', running: 'busy', done: 'good', refused: 'warning', incomplete: 'warning', notReached: 'idle' }
const spoken: Record<StageState, string> = { waiting: 'waits', running: 'under way', done: 'done', refused: 'refused', incomplete: 'not complete', notReached: 'not reached' }

/** What an icon alone would not tell well enough. */
const seen = new Set<StageState>(['refused', 'incomplete', 'notReached'])

export function Stages({ operation, label }: { operation: Operation; label: string }) {
  const done = progress(operation)
  return (
    <Section title="Stages">
      <ProgressBar label={label} hideLabel value={Math.round(done * 100)} max={100} size="small" status={operation.state === 'ERROR' ? 'error' : operation.state === 'COMPLETE' && !isPartial(operation) ? 'finished' : 'active'} />
      <ol className="stages">
        {operation.stages.map((stage, index) => {
          const state = stageState(operation, index)
          const Icon = icons[state]
          const { count, note } = isImport(operation) ? stageWords(stage) : { count: '', note: stage.note }
          return (
            <li key={stage.name}>
              <span className="status stage-name" data-tone={tones[state]}>
                <Icon size={16} aria-hidden /> {stageName(stage.name)}
                {seen.has(state) ? <span className="stage-outcome">{spoken[state]}</span> : <span className="visually-hidden">{spoken[state]}</span>}
              </span>
              <span>{count}</span>
              {note && <span className="stage-note">{note}</span>}
            </li>
          )
        })}
      </ol>
    </Section>
  )
}

export function Calls({ operation }: { operation: Operation }) {
  const { total, retried, throttled, saved, byOperation } = operation.awsCalls
  const rows = Object.entries(byOperation ?? {}).sort(([, a], [, b]) => b - a)
  return (
    <Section title="Calls to AWS">
      <dl className="figures">
        {([['Used', total], ['Saved by the index', saved], ['Throttled', throttled], ['Repeated', retried]] as const).map(([label, value]) => (
          <div key={label}><dt>{label}</dt><dd>{value.toLocaleString('en')}</dd></div>
        ))}
      </dl>
      {rows.length > 0 && (
        <details className="permissions">
          <summary>By operation</summary>
          <Facts rows={rows.map(([name, value]) => [name, value.toLocaleString('en')] as const)} />
        </details>
      )}
    </Section>
  )
}

/** @param next says what to do once the permission is there. */
export function Problems({ operation, next }: { operation: Operation; next: string }) {
  const problems = faultsOf(operation)
  if (problems.length === 0) return null
  const policy = policyFor(problems)
  return (
    <Section title="Problems">
      {problems.map((problem, index) => (
        <div className="problem" data-tone="warning" key={`${problem.operation ?? ''}${problem.requestId ?? index}`}>
          <h3>{problem.permission ? `The permission ${problem.permission} is missing` : (problem.operation ?? problem.code)}</h3>
          <p>{problem.message}</p>
          {problem.code === 'Garbled' && <p>{notAws}</p>}
          <div className="problem-codes">
            {problem.operation && <span>Operation <code className="mono">{problem.operation}</code></span>}
            <span>Code <code className="mono">{problem.code}</code></span>
            {problem.requestId && <span>AWS request <code className="mono">{problem.requestId}</code></span>}
          </div>
        </div>
      ))}
      {policy && (
        <>
          <div className="row spread"><h3>This statement in the IAM policy grants what is missing</h3><CopyButton text={policy} label="Copy the statement" /></div>
          <pre className="code" tabIndex={0} aria-label="IAM policy statement">{policy}</pre>
          <p className="note">{next}</p>
        </>
      )}
    </Section>
  )
}
