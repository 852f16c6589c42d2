/** Cancel and retry; what cannot be done says why. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { objectPath } from '../../api/paths'
import type { Job } from '../../api/types'
import { Refusable } from '../../components/Refusable'
import { useLacks } from '../../components/useLacks'
import { ProblemView } from '../../components/views'
import { cancelRefusal, retryRefusal } from '../../lib/job'
import { to } from '../../lib/links'

export function JobActions({ job, etag }: { job: Job; etag: string | null }) {
  const client = useQueryClient()
  const [wishes] = useState(keyKeeper)
  const lacksExecute = useLacks('EXECUTE', 'jobs', job)
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
      <Refusable kind="danger--tertiary" refusal={cancelRefusal(job) ?? lacksExecute} disabled={cancel.isPending} onClick={() => cancel.mutate()}>Cancel the job</Refusable>
      <Refusable kind="tertiary" refusal={retryRefusal(job) ?? lacksExecute} disabled={retry.isPending} onClick={() => retry.mutate()}>Retry</Refusable>
      {cancel.isError && <ProblemView error={cancel.error} />}
      {retry.isError && <ProblemView error={retry.error} />}
    </>
  )
}
