/** Region and keys as a person enters them. Secrets are typed, never shown and never kept in the browser; region and access key are none. */
import { useState } from 'react'
import type { CredentialInput } from '../api/types'
import { keyFaults } from '../lib/credential'
import { fieldErrors } from '../lib/problems'
import { PasswordField, TextField } from './fields'

export interface Keys {
  region: string
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
}

export const noKeys: Keys = { region: '', accessKeyId: '', secretAccessKey: '', sessionToken: '' }

const regionShape = /^[a-z]{2}(-[a-z]+)+-\d+$/
const keyShape = /^\w{16,128}$/

/** What is not there yet, or cannot be right, in words. */
export function keysMissing(keys: Keys): string[] {
  return [
    ...(regionShape.test(keys.region.trim()) ? [] : ['the region']),
    ...(keyShape.test(keys.accessKeyId.trim()) ? [] : ['the access key']),
    ...(keys.secretAccessKey !== '' ? [] : ['the secret key']),
  ]
}

export function toCredentials(keys: Keys): CredentialInput {
  return {
    region: keys.region.trim(),
    accessKeyId: keys.accessKeyId.trim(),
    secretAccessKey: keys.secretAccessKey.trim(),
    ...(keys.sessionToken.trim() && { sessionToken: keys.sessionToken.trim() }),
  }
}

export function KeyFields({ keys, change, error, prefix }: { keys: Keys; change: (part: Partial<Keys>) => void; error: unknown; prefix: string }) {
  const [left, setLeft] = useState<Record<string, boolean>>({})
  const server = error ? fieldErrors(error) : {}
  const refused = error ? keyFaults(error, keys.sessionToken !== '') : {}
  const leave = (name: string) => setLeft((before) => ({ ...before, [name]: true }))
  const regionFault = left.region && keys.region && !regionShape.test(keys.region.trim()) ? 'A region looks like us-east-2.' : server[`${prefix}/region`]
  const keyFault = left.key && keys.accessKeyId && !keyShape.test(keys.accessKeyId.trim()) ? 'An access key id has at least 16 letters and digits.' : (refused.accessKeyId ?? server[`${prefix}/accessKeyId`])
  const secretFault = refused.secretAccessKey ?? server[`${prefix}/secretAccessKey`]
  const tokenFault = refused.sessionToken ?? server[`${prefix}/sessionToken`]
  return (
    <>
      <TextField id="aws-region" labelText="Region" placeholder="us-east-2" value={keys.region} spellCheck={false} invalid={regionFault !== undefined} invalidText={regionFault} onBlur={() => leave('region')} onChange={(event) => change({ region: event.target.value })} />
      <TextField id="aws-access-key" labelText="Access key" autoComplete="off" spellCheck={false} value={keys.accessKeyId} invalid={keyFault !== undefined} invalidText={keyFault} onBlur={() => leave('key')} onChange={(event) => change({ accessKeyId: event.target.value })} />
      <PasswordField id="aws-secret-key" labelText="Secret key" autoComplete="off" value={keys.secretAccessKey} invalid={secretFault !== undefined} invalidText={secretFault} onChange={(event) => change({ secretAccessKey: event.target.value })} />
      <PasswordField id="aws-session-token" labelText="Session token (for temporary keys)" autoComplete="off" value={keys.sessionToken} invalid={tokenFault !== undefined} invalidText={tokenFault} onChange={(event) => change({ sessionToken: event.target.value })} />
    </>
  )
}
