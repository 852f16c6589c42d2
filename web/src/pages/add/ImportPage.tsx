/** An import from its start to its end: stages that fill, calls to AWS, problems as they come. Its address survives everything. */
import { Button, ProgressBar } from '@carbon/react'
import { CheckmarkFilled, CircleDash, InProgress, WarningAltFilled } from '@carbon/react/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ApiError, send } from '../../api/client'
import { home, sageMaker } from '../../api/paths'
import { operationQuery } from '../../api/queries'
import type { Operation } from '../../api/types'
import { useNow } from '../../components/hooks'
import { Ago, CopyButton, Facts, Status } from '../../components/text'
import { Note, Page, PageSkeleton, ProblemView, Section } from '../../components/views'
import { curl } from '../../lib/commands'
import { to } from '../../lib/links'
import { faultsOf, headline, isPartial, modelNameOf, policyFor, progress, sealedSecrets, stageCount, stageName, stageState, type StageState, statusOf } from '../../lib/operation'
import { notAws } from '../../lib/problems'

const path = (id: string) => `${sageMaker}/operations/${encodeURIComponent(id)}`

export function ImportPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const client = useQueryClient()
  const query = useQuery(operationQuery(id))
  const now = useNow(1_000)
  const cancel = useMutation({
    mutationFn: () => send<Operation>('POST', `${path(id)}/cancel`, {}),
    onSuccess: () => client.invalidateQueries({ queryKey: ['operations'] }),
  })
  const crumbs = [{ label: 'Business Models', href: to.models() }]
  if (query.isPending && query.failureCount === 0) return <PageSkeleton />
  const operation = query.data
  if (!operation) return <Page title="Import" crumbs={crumbs}><ProblemView error={query.error ?? query.failureReason} retry={() => void query.refetch()} /></Page>
  const name = modelNameOf(operation)
  const running = operation.state === 'RUNNING'
  return (
    <Page
      title={`Import of ${name}`}
      crumbs={crumbs}
      sub={<><Status state={statusOf(operation)} /><span>Started <Ago at={operation.created} focusable /> by {operation.createdBy}</span><span>Group {operation.group}</span></>}
      actions={
        <>
          {running && <Button kind="danger--tertiary" disabled={cancel.isPending || operation.cancelRequested === true} onClick={() => cancel.mutate()}>Cancel</Button>}
          {operation.storedModelId && <Button href={to.model(operation.storedModelId)}>Open model</Button>}
          {!running && !operation.storedModelId && <Button href={to.addModel()}>Try again</Button>}
        </>
      }
      commands={{ cli: `slipway operation show ${id}`, curl: curl(home, path(id)) }}
    >
      <p className="lead" role="status">{headline(operation, now)}</p>
      {query.isRefetchError && <Stale error={query.error} />}
      {cancel.isError && <ProblemView error={cancel.error} />}
      <Stages operation={operation} />
      {running && <p className="note import-leave">You can leave: the import goes on, also when the server is restarted, and is found under Operations at the top.</p>}
      <Calls operation={operation} />
      <Problems operation={operation} />
      <Sealed operation={operation} />
    </Page>
  )
}

function Stale({ error }: { error: unknown }) {
  const away = error instanceof ApiError && error.status >= 500
  return <Note tone="warning" title={away ? 'The server is away' : 'This may be old'}><p>What stands here is the last that was heard. It is asked again every second or two; an import goes on by itself when the server is back.</p></Note>
}

const icons: Record<StageState, typeof CircleDash> = { waiting: CircleDash, running: InProgress, done: CheckmarkFilled, refused: WarningAltFilled, incomplete: WarningAltFilled, notReached: CircleDash }
const tones: Record<StageState, string> = { waiting: 'idle', running: 'busy', done: 'good', refused: 'warning', incomplete: 'warning', notReached: 'idle' }
const spoken: Record<StageState, string> = { waiting: 'waits', running: 'under way', done: 'done', refused: 'refused', incomplete: 'not complete', notReached: 'not reached' }

/** What an icon alone would not tell well enough. */
const seen = new Set<StageState>(['refused', 'incomplete', 'notReached'])

function Stages({ operation }: { operation: Operation }) {
  const done = progress(operation)
  return (
    <Section title="Stages">
      <ProgressBar label="Whole import" hideLabel value={Math.round(done * 100)} max={100} size="small" status={operation.state === 'ERROR' ? 'error' : operation.state === 'COMPLETE' && !isPartial(operation) ? 'finished' : 'active'} />
      <ol className="stages">
        {operation.stages.map((stage, index) => {
          const state = stageState(operation, index)
          const Icon = icons[state]
          return (
            <li key={stage.name}>
              <span className="status stage-name" data-tone={tones[state]}>
                <Icon size={16} aria-hidden /> {stageName(stage.name)}
                {seen.has(state) ? <span className="stage-outcome">{spoken[state]}</span> : <span className="visually-hidden">{spoken[state]}</span>}
              </span>
              <span>{stageCount(stage)}</span>
              {stage.note && <span className="stage-note">{stage.note}</span>}
            </li>
          )
        })}
      </ol>
    </Section>
  )
}

function Calls({ operation }: { operation: Operation }) {
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

/** Secrets that came with the assets are kept sealed; the person should take them out of the address. */
function Sealed({ operation }: { operation: Operation }) {
  const sealed = sealedSecrets(operation)
  if (sealed.length === 0) return null
  return (
    <Note tone="info" title={sealed.length === 1 ? 'A secret was sealed' : `${sealed.length} secrets were sealed`}>
      {sealed.map((text) => <p key={text}>{text}</p>)}
    </Note>
  )
}

function Problems({ operation }: { operation: Operation }) {
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
          <p className="note">Then import the model again: what is known already is not asked for twice.</p>
        </>
      )}
    </Section>
  )
}
