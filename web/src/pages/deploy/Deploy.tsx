/** Deploying a snapshot to a SageMaker endpoint: the button with its refusal, and the dialog. */
import { Modal, TextArea } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { home, sageMaker } from '../../api/paths'
import { sessionQuery } from '../../api/queries'
import type { DeployableModel, DeploymentInput, Operation } from '../../api/types'
import { TextField } from '../../components/fields'
import { Refusable } from '../../components/Refusable'
import { InLink } from '../../components/text'
import { CommandLines, Note, ProblemView } from '../../components/views'
import { curl } from '../../lib/commands'
import { type DeployDraft, deployLine, deployRefusal, deployRequest, draftFaults, emptyWish, needsConfiguration, runningOf, ticketOf } from '../../lib/deployment'
import { to } from '../../lib/links'
import { operationHref } from '../../lib/operation'
import { fieldErrors } from '../../lib/problems'

interface Props {
  snapshot: DeployableModel
  /** What a ticket approved: asked for to the letter. */
  approved?: Partial<DeploymentInput>
  size?: 'sm'
  kind?: 'primary' | 'tertiary' | 'ghost'
}

export function DeployButton({ snapshot, approved, size, kind = 'primary' }: Props) {
  const session = useQuery(sessionQuery).data
  const [open, setOpen] = useState(false)
  return (
    <>
      <Refusable kind={kind} refusal={deployRefusal(snapshot, session)} {...(size && { size })} onClick={() => setOpen(true)}>Deploy</Refusable>
      {open && <Dialog snapshot={snapshot} {...(approved && { approved })} close={() => setOpen(false)} />}
    </>
  )
}

const path = `${sageMaker}/deployments`
const pointers = { endpointName: '/endpointName', reason: '/reason' }

function Dialog({ snapshot, approved, close }: Props & { close: () => void }) {
  const client = useQueryClient()
  const [draft, setDraft] = useState<DeployDraft>(emptyWish)
  const [left, setLeft] = useState<Partial<Record<keyof DeployDraft, boolean>>>({})
  const [wishes] = useState(keyKeeper)
  const follow = (operation: Operation) => {
    close()
    window.location.hash = operationHref(operation)
  }
  const deploy = useMutation({
    mutationFn: (body: DeploymentInput) => send<Operation>('POST', path, { body, idempotencyKey: wishes.of(body) }),
    onSuccess: ({ data }) => {
      void client.invalidateQueries({ queryKey: ['deployedModels'] })
      void client.invalidateQueries({ queryKey: ['operations'] })
      follow(data)
    },
    onError: (error) => {
      const running = runningOf(error)
      if (running) follow(running)
      else if (error instanceof ApiError) void client.invalidateQueries({ queryKey: ['notifications'] })
    },
    onSettled: (_, error) => wishes.settled(error),
  })
  const name = snapshot.metaData.name ?? 'the snapshot'
  const faults = draftFaults(draft)
  const told = deploy.isError ? fieldErrors(deploy.error) : {}
  const request = deployRequest(snapshot, draft, approved)
  const ticket = ticketOf(deploy.error)
  const line = deployLine(request)
  const field = (key: keyof DeployDraft) => {
    const fault = (left[key] ? faults[key] : undefined) ?? (key in pointers ? told[pointers[key as keyof typeof pointers]] : undefined)
    return {
      id: `deploy-${key}`,
      value: draft[key],
      invalid: fault !== undefined,
      invalidText: fault,
      onBlur: () => setLeft({ ...left, [key]: true }),
      onChange: (event: { target: { value: string } }) => setDraft({ ...draft, [key]: event.target.value }),
    }
  }
  const submit = () => {
    setLeft({ endpointName: true, instanceType: true, instanceCount: true })
    if (Object.keys(faults).length === 0) deploy.mutate(request)
  }
  return (
    <Modal
      open
      modalHeading={`Deploy ${name}`}
      modalAriaLabel="Deploy"
      primaryButtonText="Deploy"
      secondaryButtonText={ticket ? 'Close' : 'Cancel'}
      primaryButtonDisabled={deploy.isPending || ticket !== undefined}
      selectorPrimaryFocus={approved ? '#deploy-reason' : '#deploy-endpointName'}
      onRequestClose={close}
      onRequestSubmit={submit}
    >
      <div className="stack">
        <p className="note">An endpoint is made in AWS, which costs money while it is there. Where the group needs an approval, a ticket is opened first and nothing is made.</p>
        {ticket && <Waits ticket={ticket} detail={deploy.error instanceof ApiError ? deploy.error.problem.detail : ''} close={close} />}
        {deploy.isError && !ticket && !runningOf(deploy.error) && <ProblemView error={deploy.error} />}
        {approved ? (
          <p>What the ticket approved is asked for, and nothing else{approved.endpointName ? <>: the endpoint <strong>{approved.endpointName}</strong></> : ''}.</p>
        ) : (
          <TextField {...field('endpointName')} labelText="Endpoint name (optional)" helperText="Left empty, it is made from the model's name" autoComplete="off" spellCheck={false} />
        )}
        {!approved && needsConfiguration(snapshot) && (
          <div className="deploy-instances">
            <TextField {...field('instanceType')} labelText="Instance type (optional)" helperText="AWS has no configuration yet; left empty, the server's usual type" placeholder="ml.m5.large" autoComplete="off" spellCheck={false} />
            <TextField {...field('instanceCount')} labelText="Instances (optional)" helperText="1 where only the type is said" inputMode="numeric" autoComplete="off" />
          </div>
        )}
        <TextArea {...field('reason')} labelText="Reason (optional)" helperText="Kept in the history, and shown to who approves" rows={2} maxLength={2000} />
        <CommandLines commands={{ ...(line && { cli: line }), curl: curl(home, path, 'POST', request) }} />
      </div>
    </Modal>
  )
}

function Waits({ ticket, detail, close }: { ticket: string; detail: string; close: () => void }) {
  return (
    <Note tone="info" title="An approval is needed first">
      <p>{detail} Nothing was made in AWS.</p>
      <p onClick={close}><InLink href={to.ticket(ticket)}>Open the ticket</InLink></p>
    </Note>
  )
}
