/** Cancel and retry; what cannot be done says why. */
import { Button } from '@carbon/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'
import { send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { objectPath } from '../../api/paths'
import type { Job } from '../../api/types'
import { ProblemView } from '../../components/views'
import { cancelRefusal, retryRefusal } from '../../lib/job'
import { to } from '../../lib/links'

interface Props {
  kind: 'danger--tertiary' | 'tertiary'
  refusal: string | undefined
  pending: boolean
  press: () => void
  children: ReactNode
}

function Action({ kind, refusal, pending, press, children }: Props) {
  const id = useId()
  return (
    <span title={refusal}>
      <Button kind={kind} disabled={refusal !== undefined || pending} aria-describedby={refusal ? id : undefined} onClick={press}>{children}</Button>
      {refusal && <span id={id} className="visually-hidden">{refusal}</span>}
    </span>
  )
}

export function JobActions({ job, etag }: { job: Job; etag: string | null }) {
  const client = useQueryClient()
  const [wishes] = useState(keyKeeper)
  const cancel = useMutation({
    mutationFn: () => send<Job>('POST', `${objectPath('jobs', job.id)}/cancel`, { ifMatch: etag }),
    onSettled: () => client.invalidateQueries({ queryKey: ['jobs'] }),
  })
  const retry = useMutation({
    mutationFn: () => send<Job>('POST', `${objectPath('jobs', job.id)}/retry`, { idempotencyKey: wishes.of(job.id) }),
    onSuccess: ({ data }) => {
      void client.invalidateQueries({ queryKey: ['jobs'] })
      window.location.hash = to.job(data.id)
    },
    onSettled: (_, error) => wishes.settled(error),
  })
  return (
    <>
      <Action kind="danger--tertiary" refusal={cancelRefusal(job)} pending={cancel.isPending} press={() => cancel.mutate()}>Cancel the job</Action>
      <Action kind="tertiary" refusal={retryRefusal(job)} pending={retry.isPending} press={() => retry.mutate()}>Retry</Action>
      {cancel.isError && <ProblemView error={cancel.error} />}
      {retry.isError && <ProblemView error={retry.error} />}
    </>
  )
}
