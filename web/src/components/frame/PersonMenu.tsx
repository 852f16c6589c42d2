import { Logout, Password, UserAvatar } from '@carbon/react/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, call, setCsrfToken } from '../../api/client'
import { sessionQuery } from '../../api/queries'
import { forgetDrafts, rememberSession } from '../../api/session'
import type { Session } from '../../api/types'
import { tell } from '../../lib/problems'
import { HeaderMenu } from './HeaderMenu'
import { PasswordDialog } from './PasswordDialog'

export function PersonMenu({ session }: { session: Session }) {
  const client = useQueryClient()
  const [changing, setChanging] = useState(false)
  const signOut = useMutation({
    // A session that has ended already is signed out as well.
    mutationFn: async () => {
      try {
        const answer = await call('DELETE', '/gocli/session')
        return answer.status === 200 ? ((await answer.json()) as { signOutUrl: string }).signOutUrl : undefined
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 401)) throw error
        return undefined
      }
    },
    onSuccess: (atTheProvider) => {
      setCsrfToken(undefined)
      rememberSession(false)
      forgetDrafts()
      // Whoever follows a link now calls the reload off: the person is gone from the page without it.
      client.setQueryData(sessionQuery.queryKey, null)
      client.clear()
      // A fresh document holds nothing of the person before. An identity provider has a session of its own, which ends there.
      if (atTheProvider) window.location.assign(atTheProvider)
      else window.location.reload()
    },
  })
  return (
    <>
      <HeaderMenu label={`Signed in as ${session.username}`} icon={<UserAvatar size={20} />}>
        {(closeMenu) => (
          <>
            <h2>{session.username}</h2>
            <p className="frame-menu-note">{session.admin ? 'Administrator' : session.groups.length > 0 ? `Groups: ${session.groups.join(', ')}` : 'In no group yet: there is nothing to see until an administrator adds you to one.'}</p>
            {session.mode !== 'oauth2' && (
              <button type="button" className="frame-menu-item" onClick={() => { closeMenu(); setChanging(true) }}>
                <Password size={16} aria-hidden /> Change password
              </button>
            )}
            <button type="button" className="frame-menu-item" disabled={signOut.isPending} onClick={() => signOut.mutate()}>
              <Logout size={16} aria-hidden /> Sign out
            </button>
            {signOut.isError && <p role="alert">{tell(signOut.error).detail}</p>}
          </>
        )}
      </HeaderMenu>
      {changing && <PasswordDialog username={session.username} close={() => setChanging(false)} />}
    </>
  )
}
