/** The life cycle of a snapshot: how the latest run stands, its steps, the runs before, and the way to begin anew. */
import { Modal } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { ofSnapshotQuery } from '../../api/lifecycles'
import { home, objectPath } from '../../api/paths'
import { sessionQuery } from '../../api/queries'
import type { DeployableModel, Instance } from '../../api/types'
import { TextField } from '../../components/fields'
import { Refusable } from '../../components/Refusable'
import { Ago, InLink, Status } from '../../components/text'
import { CommandLines, ProblemView, Section } from '../../components/views'
import { curl, shellQuote } from '../../lib/commands'
import { instanceName, instanceState, instantOf, outcomeWords, passedBy } from '../../lib/lifecycle'
import { to } from '../../lib/links'
import { lacks } from '../../lib/rights'
import { Outcome } from './columns'
import { Incidents } from './Incidents'
import { InstanceSteps } from './InstanceSteps'

export function OfSnapshot({ snapshot }: { snapshot: DeployableModel }) {
  const query = useQuery(ofSnapshotQuery(snapshot.id))
  const session = useQuery(sessionQuery).data
  const [open, setOpen] = useState(false)
  if (query.isError && !query.data) return <Section title="Life cycle"><ProblemView error={query.error} retry={() => void query.refetch()} /></Section>
  if (!query.data || (query.data.length === 0 && !snapshot.sageMaker)) return null
  const [latest, ...before] = query.data
  return (
    <Section title="Life cycle">
      {latest ? <Latest instance={latest} /> : <p className="note">None has begun for it. One begins with the snapshot, when a life cycle waits for it.</p>}
      {before.length > 0 && <p className="note">Before: {before.map((one, index) => <span key={one.id}>{index > 0 && ', '}<InLink href={to.instance(one.id)}>{outcomeWords(one.outcome) ?? 'without an outcome'}</InLink> <Ago at={instantOf(one.endTime ?? one.startTime)} /></span>)}</p>}
      {snapshot.sageMaker && <p className="after-list"><Refusable size="sm" kind="tertiary" refusal={lacks(session, 'EXECUTE', 'deployableModels', snapshot)} onClick={() => setOpen(true)}>{latest ? 'Start anew' : 'Start the life cycle'}</Refusable></p>}
      {open && <Anew snapshot={snapshot} close={() => setOpen(false)} />}
    </Section>
  )
}

function Latest({ instance }: { instance: Instance }) {
  return (
    <>
      <p className="row approval">
        {instance.outcome && instance.endTime ? <Outcome of={instance.outcome} /> : <Status state={instanceState(instance)} />}
        <span><InLink href={to.instance(instance.id)}>{instanceName(instance)}</InLink>, {instance.endTime ? <>ended <Ago at={instantOf(instance.endTime)} focusable /></> : <>begun <Ago at={instantOf(instance.startTime)} focusable /></>}</span>
      </p>
      <Incidents instance={instance} />
      {!passedBy(instance) && <InstanceSteps instance={instance} />}
    </>
  )
}

function Anew({ snapshot, close }: { snapshot: DeployableModel; close: () => void }) {
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const [wishes] = useState(keyKeeper)
  const path = `${objectPath('deployableModels', snapshot.id)}/lifecycle`
  const body = { reason: reason.trim() }
  const start = useMutation({
    mutationFn: () => send('POST', path, { body, idempotencyKey: wishes.of(body) }),
    onSuccess: close,
    onSettled: (_, error) => {
      wishes.settled(error)
      for (const key of ['lifecycles', 'deployableModels', 'notifications', 'why']) void client.invalidateQueries({ queryKey: [key] })
    },
  })
  return (
    <Modal
      open
      modalHeading="Start the life cycle anew?"
      modalAriaLabel="Start anew"
      primaryButtonText="Start anew"
      secondaryButtonText="Cancel"
      primaryButtonDisabled={body.reason === '' || start.isPending}
      selectorPrimaryFocus="#anew-reason"
      onRequestClose={close}
      onRequestSubmit={() => start.mutate()}
    >
      <div className="stack">
        <p>A run that waits is cancelled and its ticket closed; a new one begins with the first step. Once a run is on its way to an endpoint, this is refused.</p>
        {start.isError && <ProblemView error={start.error} />}
        <TextField id="anew-reason" labelText="Reason" helperText="Kept with your name" required maxLength={2000} value={reason} onChange={(event) => setReason(event.target.value)} />
        <CommandLines commands={{ cli: `slipway lifecycle restart ${shellQuote(snapshot.id)}${body.reason && ` --reason ${shellQuote(body.reason)}`}`, curl: curl(home, path, 'POST', body) }} />
      </div>
    </Modal>
  )
}
