import { describe, expect, it } from 'vitest'
import { providerAddress, signInRefusal } from './session'

describe('signing in at an identity provider', () => {
  it('comes back to where the person was', () => {
    expect(providerAddress('#/jobs/1?x=a b')).toBe('/gocli/login/start?to=%23%2Fjobs%2F1%3Fx%3Da%20b')
    expect(providerAddress('')).toBe('/gocli/login/start')
    expect(providerAddress('#main-content')).toBe('/gocli/login/start')
  })
  it('tells in words what went wrong, and never what an address brings along', () => {
    expect(signInRefusal('')).toBeUndefined()
    expect(signInRefusal('?signIn=IDENTITY_AWAY')).toContain('cannot be reached')
    for (const code of ['GRANT_NOT_ALLOWED', 'REQUEST_REFUSED', 'CLIENT_UNKNOWN']) {
      expect(signInRefusal(`?signIn=${code}`), code).toContain('administrator')
      expect(signInRefusal(`?signIn=${code}`), code).not.toContain('Try again')
    }
    expect(signInRefusal('?signIn=REQUEST_DROPPED')).toContain('without an answer. Try again')
    expect(signInRefusal('?signIn=BUSY')).toContain('in a few seconds')
    expect(signInRefusal('?signIn=%3Cscript%3E')).toContain('did not sign you in')
  })
})
