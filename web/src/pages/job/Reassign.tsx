/** A job whose runtime is gone can be taken from it; a person decides, since a launch may still run somewhere. */
import { Button, Modal } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { objectPath } from '../../api/paths'
import { objectQuery } from '../../api/queries'
import type { Job, Runtime } from '../../api/types'
import { TextField } from '../../components/fields'
import { useNow } from '../../components/hooks'
import { Note, ProblemView } from '../../components/views'
import { hasEnded, leftBehind, ownerGone } from '../../lib/job'

export function Reassign({ job }: { job: Job }) {
  const [asking, setAsking] = useState(false)
  const now = useNow()
  const engine = job.targetEngine?.id ?? ''
  // A heartbeat makes no event.
  const runtime = useQuery({ ...objectQuery<Runtime>('runtimes', engine), enabled: engine !== '' && job.owner !== undefined && !hasEnded(job), refetchInterval: 10_000 })
  const why = ownerGone(job, runtime.data?.data, now)
  if (!why) return null
  return (
    <>
      <Note tone="warning" title="The runtime that has taken this job does not go on with it">
        <p>{why} {leftBehind(job)} The job waits for it, or can be taken from it.</p>
        <Button size="sm" kind="tertiary" onClick={() => setAsking(true)}>Reassign</Button>
      </Note>
      {asking && <Dialog job={job} why={why} close={() => setAsking(false)} />}
    </>
  )
}

const isLaunched = (error: unknown): boolean => error instanceof ApiError && error.problem.code === 'ATTEMPT_RECORDED'

function Dialog({ job, why, close }: { job: Job; why: string; close: () => void }) {
  const client = useQueryClient()
  const [reason, setReason] = useState(why)
  const [wishes] = useState(keyKeeper)
  const take = useMutation({
    mutationFn: (force: boolean) => {
      const body = { reason: reason.trim(), force }
      return send<Job>('POST', `${objectPath('jobs', job.id)}/reassign`, { body, idempotencyKey: wishes.of(body) })
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['jobs'] })
      void client.invalidateQueries({ queryKey: ['auditRecords'] })
      close()
    },
    onSettled: (_, error) => wishes.settled(error),
  })
  const launched = isLaunched(take.error)
  return (
    <Modal
      open
      danger={launched}
      modalHeading="Take the job from its runtime?"
      modalAriaLabel="Reassign the job"
      primaryButtonText={launched ? 'Reassign all the same' : 'Reassign'}
      secondaryButtonText="Keep"
      primaryButtonDisabled={take.isPending || reason.trim() === ''}
      selectorPrimaryFocus="#reassign-reason"
      onRequestClose={close}
      onRequestSubmit={() => take.mutate(launched)}
    >
      <div className="stack">
        <p>{job.cancelRequested ? 'It was to be cancelled: it ends as cancelled then.' : 'A runtime may take it again then, and starts it anew.'} Your name and the reason are kept in its history.</p>
        {launched && <Note tone="warning" title="It may run twice"><p>The runtime recorded a launch, which may still run. Look at the cluster first; go on only if it is dead, or if running twice does no harm.</p></Note>}
        {take.isError && !launched && <ProblemView error={take.error} />}
        <TextField id="reassign-reason" labelText="Reason" maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />
      </div>
    </Modal>
  )
}
