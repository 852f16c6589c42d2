/** Saving with a version: a 412 becomes a conflict that shows what the other person changed. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, getVersioned, send, type Versioned } from '../api/client'
import { type Collection, objectPath } from '../api/paths'
import { type Difference, differences } from '../lib/conflict'

export interface Conflict<T> {
  /** What we wanted to save. */
  patch: object
  theirs: Versioned<T>
  changes: Difference[]
}

export function useSaving<T extends object>(collection: Collection, id: string, seen: Versioned<T> | undefined) {
  const client = useQueryClient()
  const [conflict, setConflict] = useState<Conflict<T>>()
  const key = [collection, 'object', id]
  const mutation = useMutation({
    mutationFn: async ({ patch, etag }: { patch: object; etag: string | null }) => send<T>('PATCH', objectPath(collection, id), { body: patch, ifMatch: etag }),
    onSuccess: (saved) => {
      setConflict(undefined)
      client.setQueryData(key, saved)
      void client.invalidateQueries({ queryKey: [collection] })
      void client.invalidateQueries({ queryKey: ['auditRecords'] })
    },
    onError: async (error, { patch }) => {
      if (!(error instanceof ApiError) || error.status !== 412) return
      const theirs = await getVersioned<T>(objectPath(collection, id))
      setConflict({ patch, theirs, changes: differences(seen?.data, theirs.data) })
    },
  })
  const isConflict = mutation.error instanceof ApiError && mutation.error.status === 412
  return {
    /** @param onSaved runs after it was kept. */
    save: (patch: object, etag: string | null, onSaved?: () => void) => mutation.mutate({ patch, etag }, { ...(onSaved && { onSuccess: onSaved }) }),
    pending: mutation.isPending,
    error: isConflict ? undefined : mutation.error,
    conflict,
    /** Saves ours over theirs: only the members that we changed. */
    overwrite: (onSaved?: () => void) => conflict && mutation.mutate({ patch: conflict.patch, etag: conflict.theirs.etag }, { ...(onSaved && { onSuccess: onSaved }) }),
    /** Gives ours up and shows theirs. */
    reload: () => {
      if (conflict) client.setQueryData(key, conflict.theirs)
      setConflict(undefined)
      mutation.reset()
    },
    reset: () => {
      setConflict(undefined)
      mutation.reset()
    },
  }
}
