/** A list that has nothing to show: who is in no group sees nothing for that reason alone. */
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { sessionQuery } from '../api/queries'
import { inNoGroup } from '../lib/rights'
import { Empty } from './views'

/** @param what the objects of the list, as its heading says them. @param children what stands there for everybody else. */
export function NothingYet({ what, children }: { what: string; children: ReactNode }) {
  const { data: session } = useQuery(sessionQuery)
  if (!inNoGroup(session)) return <>{children}</>
  return <Empty title="You are in no group yet">{what} belong to groups, and you see those of yours. Ask an administrator to add you to one; what it has appears here by itself.</Empty>
}
