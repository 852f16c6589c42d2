/** An import from its start to its end: stages that fill, calls to AWS, problems as they come. Its address survives everything. */
import { Button } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ApiError, send } from '../../api/client'
import { home, sageMaker } from '../../api/paths'
import { operationQuery } from '../../api/queries'
import type { Operation } from '../../api/types'
import { useNow } from '../../components/hooks'
import { Calls, Problems, Stages } from '../../components/OperationProgress'
import { Ago, Status } from '../../components/text'
import { Note, Page, PageSkeleton, ProblemView, Unavailable } from '../../components/views'
import { curl } from '../../lib/commands'
import { to } from '../../lib/links'
import { headline, modelNameOf, sealedSecrets, statusOf } from '../../lib/operation'

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
  const crumbs = [query.data?.kind === 'SYNC' ? { label: 'Credentials', href: to.credentials() } : { label: 'Business Models', href: to.models() }]
  if (query.isPending && query.failureCount === 0) return <PageSkeleton />
  const operation = query.data
  if (!operation) return <Unavailable title="Import" crumbs={crumbs} error={query.error ?? query.failureReason} retry={() => void query.refetch()} />
  const sync = operation.kind === 'SYNC'
  const running = operation.state === 'RUNNING'
  return (
    <Page
      title={sync ? 'Look at AWS' : `Import of ${modelNameOf(operation)}`}
      crumbs={crumbs}
      sub={<><Status state={statusOf(operation)} /><span>Started <Ago at={operation.created} focusable /> by {operation.createdBy}</span><span>Group {operation.group}</span></>}
      actions={
        <>
          {running && <Button kind="danger--tertiary" disabled={cancel.isPending || operation.cancelRequested === true} onClick={() => cancel.mutate()}>Cancel</Button>}
          {operation.storedModelId && <Button href={to.model(operation.storedModelId)}>Open model</Button>}
          {!running && !operation.storedModelId && !sync && <Button href={to.addModel()}>Try again</Button>}
        </>
      }
      commands={{ cli: `slipway operation show ${id}`, curl: curl(home, path(id)) }}
    >
      <p className="lead" role="status">{headline(operation, now)}</p>
      {query.isRefetchError && <Stale error={query.error} />}
      {cancel.isError && <ProblemView error={cancel.error} />}
      <Stages operation={operation} label={sync ? 'All accounts' : 'Whole import'} />
      {running && <p className="note import-leave">You can leave: it goes on, also when the server is restarted, and is found under Operations at the top.</p>}
      <Calls operation={operation} />
      <Problems operation={operation} next={sync ? 'It is looked for again with the next turn.' : 'Then import the model again: what is known already is not asked for twice.'} />
      <Sealed operation={operation} />
    </Page>
  )
}

function Stale({ error }: { error: unknown }) {
  const away = error instanceof ApiError && error.status >= 500
  return <Note tone="warning" title={away ? 'The server is away' : 'This may be old'}><p>What stands here is the last that was heard. It is asked again every second or two; an import goes on by itself when the server is back.</p></Note>
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
