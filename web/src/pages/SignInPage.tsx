import { Button, InlineLoading, PasswordInput, TextInput } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiError, send, setCsrfToken } from '../api/client'
import { loginQuery, sessionQuery } from '../api/queries'
import { forgetDrafts, providerAddress, rememberSession, signInRefusal } from '../api/session'
import type { Session } from '../api/types'
import { useFailure, useTitle } from '../components/hooks'
import { AskedAgain, Note, ProblemView } from '../components/views'

/** @param ended says that a session was there and is no more. */
export function SignInPage({ ended }: { ended: boolean }) {
  useTitle('Sign in')
  const login = useQuery(loginQuery)
  const failure = useFailure(login)
  return (
    <main className="sign-in">
      <h1>Slipway</h1>
      <p className="note">One place to see, operate and govern models on SageMaker and Spark.</p>
      {failure !== undefined && <AskedAgain error={failure} retry={() => void login.refetch()} />}
      {login.data && (login.data.mode === 'oauth2' ? <AtTheProvider name={login.data.name ?? 'your company account'} ended={ended} /> : <ByPassword ended={ended} />)}
    </main>
  )
}

/** One button: the provider has the form, and sends the browser back to where it is now. */
function AtTheProvider({ name, ended }: { name: string; ended: boolean }) {
  const [refusal] = useState(() => signInRefusal(window.location.search))
  const leave = () => {
    rememberSession(true) // whoever comes back has a session, or is told that there is none
    window.location.assign(providerAddress(window.location.hash))
  }
  return (
    <>
      {refusal !== undefined && (
        <div className="problem" role="alert">
          <h2>You are not signed in</h2>
          <p>{refusal}</p>
        </div>
      )}
      {ended && refusal === undefined && <Note tone="info" title="Your session has ended. Sign in to go on where you were." />}
      <Button size="lg" onClick={leave}>{`Sign in with ${name}`}</Button>
    </>
  )
}

function ByPassword({ ended }: { ended: boolean }) {
  const client = useQueryClient()
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useMutation({
    mutationFn: async () => (await send<Session>('POST', '/gocli/session', { body: { username, password } })).data,
    onSuccess: (session) => {
      rememberSession(true)
      forgetDrafts(session.username)
      setCsrfToken(session.csrfToken)
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' })
      client.setQueryData(sessionQuery.queryKey, session)
    },
  })
  const refused = signIn.error instanceof ApiError && signIn.error.status === 401
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (username && password) signIn.mutate()
  }
  return (
    <>
      <form onSubmit={submit}>
        {ended && !signIn.isError && <Note tone="info" title="Your session has ended. Sign in to go on where you were." />}
        {refused && (
          <div className="problem" role="alert">
            <h2>Username and password do not fit together</h2>
            <p>Check both and try again.</p>
          </div>
        )}
        {signIn.isError && !refused && <ProblemView error={signIn.error} />}
        <TextInput id="username" labelText="Username" size="lg" autoComplete="username" autoCapitalize="none" spellCheck={false} required value={username} onChange={(event) => setUsername(event.target.value)} />
        <PasswordInput id="password" labelText="Password" size="lg" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
        <Button type="submit" size="lg" disabled={signIn.isPending}>{signIn.isPending ? <InlineLoading description="Signing in" /> : 'Sign in'}</Button>
      </form>
      <p className="sign-in-hint">
        First time here? The administrator is called <code className="mono">admin</code>. The server printed its password once, when it first started;
        where <code className="mono">SLIPWAY_ADMIN_PASSWORD</code> was set, it is that one.
      </p>
    </>
  )
}
