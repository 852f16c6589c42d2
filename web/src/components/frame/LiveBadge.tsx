import { CircleFilled } from '@carbon/react/icons'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useSyncExternalStore } from 'react'
import { liveStore } from '../../api/events'
import { refusals } from '../../api/refused'
import { duration } from '../../lib/time'
import { useNow } from '../hooks'

/** Says whether what is shown follows the server. */
export function LiveBadge() {
  const stream = useSyncExternalStore(liveStore.subscribe, liveStore.get)
  const client = useQueryClient()
  const answers = useMemo(() => refusals(client), [client])
  const refused = useSyncExternalStore(answers.subscribe, answers.get)
  const live = stream.state === 'live' && refused !== undefined ? { state: 'stale' as const, since: refused } : stream
  const now = useNow(1_000)
  const words = live.state === 'live' ? 'Live' : live.state === 'stale' ? `Stale for ${duration(Math.max(1_000, now - live.since))}` : 'Connecting'
  const why = live.state === 'live' ? 'Changes appear by themselves' : stream.state === 'live' && live.state === 'stale' ? 'The server cannot answer now; what is shown may be old. It is asked again.' : live.state === 'stale' ? 'The connection to the server is lost; what is shown may be old. It is tried again.' : 'Waiting for the server'
  return (
    <span className="frame-live" data-state={live.state} title={why}>
      <CircleFilled size={12} aria-hidden />
      <span className="frame-live-words">{words}</span>
    </span>
  )
}
