/** How old what is known of AWS is, and the way to look now. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../api/client'
import { keyKeeper } from '../api/keys'
import { operationQuery, syncPath, syncQuery } from '../api/queries'
import type { Operation } from '../api/types'
import { to } from '../lib/links'
import { beforeFirstLook, lastSeen } from '../lib/sync'
import { Ago, InLink } from './text'
import { ProblemView } from './views'

/** Starts a look at all accounts, and stands for it while it is under way. */
export function LookNow() {
  const client = useQueryClient()
  const [id, setId] = useState('')
  const [wishes] = useState(keyKeeper)
  const operation = useQuery({ ...operationQuery(id), enabled: id !== '' }).data
  const look = useMutation({
    mutationFn: () => send<Operation>('POST', syncPath, { body: {}, idempotencyKey: wishes.of(undefined) }),
    onSuccess: ({ data }) => {
      setId(data.id)
      for (const name of ['operations', 'sync']) void client.invalidateQueries({ queryKey: [name] })
    },
    onSettled: (_, error) => wishes.settled(error),
  })
  if (look.isPending || (id !== '' && (!operation || operation.state === 'RUNNING'))) return <span role="status">{id ? <InLink href={to.import(id)}>Looking at AWS</InLink> : 'Looking at AWS'}</span>
  return (
    <>
      <button type="button" className="cds--link link-button" onClick={() => look.mutate()}>Look now</button>
      {look.isError && <ProblemView error={look.error} />}
    </>
  )
}

/** One line: "AWS was looked at 40 seconds ago"; nothing where no model comes from AWS. */
export function SyncAge() {
  const accounts = useQuery(syncQuery).data
  if (!accounts || accounts.length === 0) return null
  const at = lastSeen(accounts)
  const trouble = accounts.filter((one) => one.problems.length > 0).length
  return (
    <span className="sync-age">
      <span>{at ? <>AWS was looked at <Ago at={at} focusable /></> : beforeFirstLook(accounts)}{trouble > 0 && <>, <InLink href={to.credentials()}>not all of it</InLink></>}</span>
      <LookNow />
    </span>
  )
}
