import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from '../api/queries'
import type { Collection } from '../api/paths'
import { lacks, type Right } from '../lib/rights'

/** Why the person who is signed in may not do it with the object; nothing when they may. */
export function useLacks(right: Right, collection: Collection, object: { group: string; createdBy?: string | undefined }): string | undefined {
  return lacks(useQuery(sessionQuery).data, right, collection, object)
}
