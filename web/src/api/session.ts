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
