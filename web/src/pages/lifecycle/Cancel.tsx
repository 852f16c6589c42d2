import { Modal } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/client'
import { mlcPath } from '../../api/lifecycles'
import { home } from '../../api/paths'
import { sessionQuery } from '../../api/queries'
import type { Instance } from '../../api/types'
import { TextField } from '../../components/fields'
import { Refusable } from '../../components/Refusable'
import { CommandLines, ProblemView } from '../../components/views'
import { curl, shellQuote } from '../../lib/commands'
import { steerRefusal } from '../../lib/rights'

export function CancelButton({ instance }: { instance: Instance }) {
  const session = useQuery(sessionQuery).data
  const [open, setOpen] = useState(false)
  return (
    <>
      <Refusable kind="danger--tertiary" refusal={steerRefusal(session, instance)} onClick={() => setOpen(true)}>Cancel</Refusable>
      {open && <Dialog id={instance.id} close={() => setOpen(false)} />}
    </>
  )
}

function Dialog({ id, close }: { id: string; close: () => void }) {
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const given = reason.trim()
  const path = mlcPath(`process-instance/${encodeURIComponent(id)}`, { reason: given })
  const cancel = useMutation({
    mutationFn: () => call('DELETE', path),
    onSuccess: close,
    onSettled: () => client.invalidateQueries({ queryKey: ['lifecycles'] }),
  })
  return (
    <Modal
      open
      danger
      modalHeading="Cancel this life cycle?"
      modalAriaLabel="Cancel the life cycle"
      primaryButtonText="Cancel the life cycle"
      secondaryButtonText="Keep it"
      primaryButtonDisabled={given === '' || cancel.isPending}
      selectorPrimaryFocus="#cancel-reason"
      onRequestClose={close}
      onRequestSubmit={() => cancel.mutate()}
    >
      <div className="stack">
        <p>It ends where it is, with all that it waits for: an open ticket is closed, a test job is stopped. What was decided stays decided, and its deployment goes on: an endpoint that was asked for is made and serves until it is undeployed, and one that still waits for AWS can be given up on the page of its deployment. The snapshot can be started anew.</p>
        {cancel.isError && <ProblemView error={cancel.error} />}
        <TextField id="cancel-reason" labelText="Reason" helperText="Kept with your name" required maxLength={2000} value={reason} onChange={(event) => setReason(event.target.value)} />
        <CommandLines commands={{ cli: `slipway lifecycle cancel ${shellQuote(id)}${given && ` --reason ${shellQuote(given)}`}`, curl: curl(home, path, 'DELETE') }} />
      </div>
    </Modal>
  )
}
