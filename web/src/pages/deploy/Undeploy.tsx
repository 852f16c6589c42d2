import { Modal } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { home, sageMaker } from '../../api/paths'
import { sessionQuery } from '../../api/queries'
import type { Deployment, Operation } from '../../api/types'
import { TextField } from '../../components/fields'
import { Refusable } from '../../components/Refusable'
import { CommandLines, ProblemView } from '../../components/views'
import { curl, shellQuote } from '../../lib/commands'
import { endpointOf, runningOf, undeployRefusal } from '../../lib/deployment'

export function UndeployButton({ deployment }: { deployment: Deployment }) {
  const session = useQuery(sessionQuery).data
  const [open, setOpen] = useState(false)
  return (
    <>
      <Refusable kind="danger--tertiary" refusal={undeployRefusal(deployment, session)} onClick={() => setOpen(true)}>Undeploy</Refusable>
      {open && <Dialog deployment={deployment} close={() => setOpen(false)} />}
    </>
  )
}

/** Asks by the name of the endpoint, says what follows in AWS. */
function Dialog({ deployment, close }: { deployment: Deployment; close: () => void }) {
  const client = useQueryClient()
  const endpoint = endpointOf(deployment.deployedModel)
  const { id } = deployment.deployedModel
  const path = `${sageMaker}/deployments/${encodeURIComponent(id)}/undeploy`
  const [typed, setTyped] = useState('')
  const [reason, setReason] = useState('')
  const [wishes] = useState(keyKeeper)
  const body = reason.trim() ? { reason: reason.trim() } : {}
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['deployedModels'] })
    void client.invalidateQueries({ queryKey: ['operations'] })
    close()
  }
  const undeploy = useMutation({
    mutationFn: () => send<Operation>('POST', path, { body, idempotencyKey: wishes.of(body) }),
    onSuccess: refresh,
    // The page behind follows what runs.
    onError: (error) => runningOf(error) && refresh(),
    onSettled: (_, error) => wishes.settled(error),
  })
  return (
    <Modal
      open
      danger
      modalHeading={`Undeploy ${endpoint}?`}
      modalAriaLabel="Undeploy"
      primaryButtonText="Undeploy"
      secondaryButtonText="Keep"
      primaryButtonDisabled={typed !== endpoint || undeploy.isPending}
      selectorPrimaryFocus="#undeploy-name"
      onRequestClose={close}
      onRequestSubmit={() => undeploy.mutate()}
    >
      <div className="stack">
        <p>The endpoint is deleted in AWS: what calls it gets no more answers. Its configuration, the model and the snapshot stay. An endpoint that was made again under this name is left alone.</p>
        {undeploy.isError && !runningOf(undeploy.error) && <ProblemView error={undeploy.error} />}
        <TextField id="undeploy-name" labelText={`Type ${endpoint} to go on`} autoComplete="off" spellCheck={false} value={typed} onChange={(event) => setTyped(event.target.value)} />
        <TextField id="undeploy-reason" labelText="Reason (optional)" maxLength={2000} value={reason} onChange={(event) => setReason(event.target.value)} />
        <CommandLines commands={{ cli: `slipway undeploy ${shellQuote(id)}${body.reason ? ` --reason ${shellQuote(body.reason)}` : ''}`, curl: curl(home, path, 'POST', body) }} />
      </div>
    </Modal>
  )
}
