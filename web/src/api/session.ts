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

export function mayHaveSession(): boolean {
  try {
    return localStorage.getItem(key) !== null
  } catch {
    return true
  }
}
