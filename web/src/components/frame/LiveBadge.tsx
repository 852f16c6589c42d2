import { CircleFilled } from '@carbon/react/icons'
import { useSyncExternalStore } from 'react'
import { liveStore } from '../../api/events'
import { duration } from '../../lib/time'
import { useNow } from '../hooks'

/** Says whether what is shown follows the server. */
export function LiveBadge() {
  const live = useSyncExternalStore(liveStore.subscribe, liveStore.get)
  const now = useNow(1_000)
  const words = live.state === 'live' ? 'Live' : live.state === 'stale' ? `Stale for ${duration(Math.max(1_000, now - live.since))}` : 'Connecting'
  const why = live.state === 'live' ? 'Changes appear by themselves' : live.state === 'stale' ? 'The connection to the server is lost; what is shown may be old. It is tried again.' : 'Waiting for the server'
  return (
    <span className="frame-live" data-state={live.state} title={why}>
      <CircleFilled size={12} aria-hidden />
      <span className="frame-live-words">{words}</span>
    </span>
  )
}
