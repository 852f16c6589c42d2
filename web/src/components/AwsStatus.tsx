import { useQuery } from '@tanstack/react-query'
import { syncQuery } from '../api/queries'
import type { SageMakerFacts } from '../api/types'
import { seenAt } from '../lib/sync'
import { Status } from './text'

/** What AWS says of an object, and when it was last seen to say so. @param state for a word of ours instead. @param written when the object was last written here. */
export function AwsStatus({ facts, written, state }: { facts: SageMakerFacts; written?: string | undefined; state?: string }) {
  const accounts = useQuery(syncQuery).data
  const at = seenAt(accounts, facts, written)
  return <Status state={state ?? facts.status ?? ''} source="AWS" {...(at && { at })} />
}
