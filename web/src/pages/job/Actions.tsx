/** Cancel and retry; what cannot be done says why. */
import { Modal } from '@carbon/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { objectPath } from '../../api/paths'
import type { Job } from '../../api/types'
import { Refusable } from '../../components/Refusable'
import { useLacks } from '../../components/useLacks'
import { ProblemView } from '../../components/views'
import { cancelConsequence, cancelRefusal, retryRefusal } from '../../lib/job'
import { to } from '../../lib/links'
import { jobName } from '../columns'

export function JobActions({ job, etag }: { job: Job; etag: string | null }) {
  const client = useQueryClient()
  const [wishes] = useState(keyKeeper)
  const lacksExecute = useLacks('EXECUTE', 'jobs', job)
  const [asking, setAsking] = useState(false)
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
      <Refusable kind="danger--tertiary" refusal={cancelRefusal(job) ?? lacksExecute} onClick={() => setAsking(true)}>Cancel the job</Refusable>
      <Refusable kind="tertiary" refusal={retryRefusal(job) ?? lacksExecute} disabled={retry.isPending} onClick={() => retry.mutate()}>Retry</Refusable>
      {asking && <Cancel job={job} etag={etag} close={() => setAsking(false)} />}
      {retry.isError && <ProblemView error={retry.error} />}
    </>
  )
}

/** Asks by the name of the job. A job that ends meanwhile is told by the server's refusal. */
function Cancel({ job, etag, close }: { job: Job; etag: string | null; close: () => void }) {
  const client = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => send<Job>('POST', `${objectPath('jobs', job.id)}/cancel`, { ifMatch: etag }),
    onSuccess: close,
    onSettled: () => client.invalidateQueries({ queryKey: ['jobs'] }),
  })
  return (
    <Modal
      open
      danger
      modalHeading={`Cancel ${jobName(job)}?`}
      modalAriaLabel="Cancel the job"
      primaryButtonText="Cancel the job"
      secondaryButtonText="Let it go on"
      primaryButtonDisabled={cancel.isPending}
      onRequestClose={close}
      onRequestSubmit={() => cancel.mutate()}
    >
      <div className="stack">
        <p>{cancelConsequence(job)}</p>
        {cancel.isError && <ProblemView error={cancel.error} />}
      </div>
    </Modal>
  )
}
