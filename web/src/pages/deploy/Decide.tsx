import { Modal, TextArea } from '@carbon/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { home, objectPath } from '../../api/paths'
import type { Notification } from '../../api/types'
import { CommandLines, ProblemView } from '../../components/views'
import { curl, shellQuote } from '../../lib/commands'
import { decisionFault, instanceOf } from '../../lib/ticket'

export type Verb = 'approve' | 'reject'

interface Props {
  ticket: Notification
  verb: Verb
  /** What would be done. */
  what: string
  /** The server says that this person may not. */
  refused: (error: unknown) => void
  close: () => void
}

const words = { approve: ['Approve', 'Approve this deployment?'], reject: ['Reject', 'Reject this deployment?'] } as const

export function Decide({ ticket, verb, what, refused, close }: Props) {
  const client = useQueryClient()
  const [comment, setComment] = useState('')
  const [wishes] = useState(keyKeeper)
  const path = `${objectPath('notifications', ticket.id)}/${verb}`
  const body = comment.trim() ? { comment: comment.trim() } : {}
  const decide = useMutation({
    mutationFn: () => send<Notification>('POST', path, { body, idempotencyKey: wishes.of(body) }),
    onSuccess: close,
    onError: (error) => {
      if (!(error instanceof ApiError) || error.status !== 403) return
      refused(error)
      close()
    },
    onSettled: (_, error) => {
      wishes.settled(error)
      void client.invalidateQueries({ queryKey: ['notifications'] })
      void client.invalidateQueries({ queryKey: ['storedModels'] })
    },
  })
  const fault = decisionFault(comment)
  const [word, heading] = words[verb]
  return (
    <Modal
      open
      danger={verb === 'reject'}
      modalHeading={heading}
      modalAriaLabel={word}
      primaryButtonText={word}
      secondaryButtonText="Cancel"
      primaryButtonDisabled={decide.isPending || fault !== undefined}
      selectorPrimaryFocus="#decision-comment"
      onRequestClose={close}
      onRequestSubmit={() => decide.mutate()}
    >
      <div className="stack">
        <p>{what}</p>
        <p className="note">{verb === 'approve' ? (instanceOf(ticket) ? 'Exactly this may be deployed. The life cycle that waits for this deploys it then.' : 'Exactly this may be deployed then. It is not deployed by the approval alone.') : 'It is not deployed, nor is any other model of the same configuration.'} Your name and the comment are kept; a decision cannot be taken back.</p>
        {decide.isError && <ProblemView error={decide.error} />}
        <TextArea id="decision-comment" labelText="Comment (optional)" helperText="What the decision rests on" rows={3} value={comment} invalid={fault !== undefined} invalidText={fault} onChange={(event) => setComment(event.target.value)} />
        <CommandLines commands={{ cli: `slipway ticket ${verb} ${shellQuote(ticket.id)}${body.comment ? ` --comment ${shellQuote(body.comment)}` : ''}`, curl: curl(home, path, 'POST', body) }} />
      </div>
    </Modal>
  )
}
