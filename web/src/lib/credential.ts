import type { Credential } from '../api/types'

/** What a person calls a credential: by whom it signs, else by its key or role. */
export function credentialName(credential: Credential): string {
  const who = credential.lastCheck?.arn?.split(/[:/]/).at(-1) ?? credential.roleArn?.split('/').at(-1) ?? keyEnd(credential)
  if (who) return credential.lastCheck?.account ? `${who} in ${credential.lastCheck.account}` : who
  return credential.authenticationType === 'DEFAULT_CHAIN' ? "The server's own credentials" : 'Credentials'
}

/** A key is known by its end; the masked part says nothing. */
function keyEnd({ accessKeyId }: Credential): string | undefined {
  return accessKeyId && `Key …${accessKeyId.replace(/^\*+/, '')}`
}
