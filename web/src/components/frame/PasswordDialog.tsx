/** A person's own password. It ends all sessions, so this one is opened anew with the new password. */
import { Modal } from '@carbon/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send, setCsrfToken } from '../../api/client'
import { sessionQuery } from '../../api/queries'
import type { Session } from '../../api/types'
import { fieldErrors } from '../../lib/problems'
import { PasswordField } from '../fields'
import { ProblemView } from '../views'

export function PasswordDialog({ username, close }: { username: string; close: () => void }) {
  const client = useQueryClient()
  const [currentPassword, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const change = useMutation({
    mutationFn: async () => {
      await send('PUT', '/gocli/password', { body: { currentPassword, password } })
      return (await send<Session>('POST', '/gocli/session', { body: { username, password } })).data
    },
    onSuccess: (session) => {
      setCsrfToken(session.csrfToken)
      client.setQueryData(sessionQuery.queryKey, session)
      close()
    },
  })
  const faults = change.isError ? fieldErrors(change.error) : {}
  const ready = currentPassword !== '' && password.length >= 8
  return (
    <Modal open modalHeading="Change your password" modalAriaLabel="Change your password" primaryButtonText="Change" secondaryButtonText="Cancel" primaryButtonDisabled={!ready || change.isPending} selectorPrimaryFocus="#password-current" onRequestClose={close} onRequestSubmit={() => change.mutate()}>
      <div className="stack">
        {change.isError && <ProblemView error={change.error} />}
        <PasswordField id="password-current" labelText="Current password" autoComplete="current-password" value={currentPassword} invalid={'/currentPassword' in faults} invalidText="This is not the password in use" onChange={(event) => setCurrent(event.target.value)} />
        <PasswordField id="password-new" labelText="New password" helperText="At least 8 characters. Your other sessions and tokens end." autoComplete="new-password" value={password} invalid={'/password' in faults} invalidText={faults['/password']} onChange={(event) => setPassword(event.target.value)} />
      </div>
    </Modal>
  )
}
