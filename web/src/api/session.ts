/** Whether somebody signed in here before: the cookie itself is out of sight, and asking in vain leaves an error in every newcomer's console. */
import { prefix } from './paths'

const key = `slipway-session${prefix}`

export function rememberSession(there: boolean): void {
  try {
    if (there) localStorage.setItem(key, 'yes')
    else localStorage.removeItem(key)
  } catch {
    // Where nothing can be kept, the server is asked each time.
  }
}

const drafts = 'slipway-'
const person = 'slipway-person'

/** What was typed into forms and not sent belongs to who typed it: the next person in this tab does not get it. Somebody whose session ended finds it again. */
export function forgetDrafts(of?: string): void {
  try {
    if (of !== undefined && sessionStorage.getItem(person) === of) return
    for (const name of Object.keys(sessionStorage).filter((one) => one.startsWith(drafts) && one !== person)) sessionStorage.removeItem(name)
    if (of === undefined) sessionStorage.removeItem(person)
    else sessionStorage.setItem(person, of)
  } catch {
    // Where nothing can be kept, nothing is to be forgotten.
  }
}

export function mayHaveSession(): boolean {
  try {
    return localStorage.getItem(key) !== null
  } catch {
    return true
  }
}

/** Where the browser goes to sign in at the identity provider; it comes back to the place where it is now. */
export function providerAddress(hash: string): string {
  return `${prefix}/gocli/login/start${hash.startsWith('#/') ? `?to=${encodeURIComponent(hash)}` : ''}`
}

const refusals: Record<string, string> = {
  ACCESS_DENIED: 'The sign-in was given up, or the identity provider did not allow it.',
  SIGN_IN_EXPIRED: 'The sign-in took too long, or was begun in another window. Try again.',
  TOO_MANY_ATTEMPTS: 'Too many sign-ins from this network have failed. Wait some minutes before you try again.',
  IDENTITY_AWAY: 'The identity provider cannot be reached. Try again in a few seconds.',
  INSUFFICIENT_SCOPE: 'Your account may not use Slipway: a scope is missing. An administrator of the identity provider can grant it.',
  TOKEN_NOT_FOR_US: 'The identity provider and Slipway do not fit together yet. An administrator finds more in the server’s log.',
  GRANT_NOT_ALLOWED: 'The identity provider lets nobody sign in here in this way. An administrator finds more in the server’s log.',
  REQUEST_REFUSED: 'The identity provider does not take what Slipway asks. An administrator finds more in the server’s log.',
  REQUEST_DROPPED:
    'The identity provider, or a firewall before it, broke the sign-in off without an answer. Try again; if it comes back, an administrator finds more in the server’s log.',
  CLIENT_UNKNOWN: 'This is the account of a program that Slipway does not know. An administrator can name it in the server’s configuration.',
  BUSY: 'Too many sign-ins are under way, or the identity provider does not answer fast enough. Try again in a few seconds.',
  CLIENT_REFUSED: 'The identity provider does not accept Slipway. An administrator finds more in the server’s log.',
}

/** What went wrong on the way back from the identity provider, as the server said it in the address (`?signIn=CODE`); nothing when nothing did. */
export function signInRefusal(search: string): string | undefined {
  const code = new URLSearchParams(search).get('signIn')
  return code === null ? undefined : (refusals[code] ?? 'The identity provider did not sign you in. Try again, or ask an administrator.')
}
