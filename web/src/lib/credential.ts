import type { Credential } from '../api/types'
import { asProblem } from './problems'

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

const wrongKey = /\b(UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId)/
const wrongSecret = /\b(SignatureDoesNotMatch|InvalidSignature|IncompleteSignature)/
const expired = /\bExpiredToken/
const refusals = /\b(AccessDenied|Unauthorized|NotAuthorized|AuthFailure|MissingAuthenticationToken|InvalidIdentityToken|NO_CREDENTIALS)/

/** A check that AWS answered with no is a refusal; one that no answer came to says nothing about the keys. */
export function checkState(check: NonNullable<Credential['lastCheck']>): 'Works' | 'Refused' | 'Unchecked' {
  if (check.ok) return 'Works'
  const code = check.error?.code ?? ''
  return check.error?.permission || [wrongKey, wrongSecret, expired, refusals].some((one) => one.test(code)) ? 'Refused' : 'Unchecked'
}

export type KeyFault = Partial<Record<'accessKeyId' | 'secretAccessKey' | 'sessionToken', string>>

/** Which of the keys AWS did not take, by its own word in the refusal. @param temporary a session token was entered. */
export function keyFaults(error: unknown, temporary: boolean): KeyFault {
  const { code, detail, errors } = asProblem(error)
  const told = [code, detail, ...(errors ?? []).map((one) => one.got)].join(' ')
  if (expired.test(told)) return { sessionToken: 'AWS says that this token has expired. Get a new one, with its access key and secret key.' }
  if (wrongSecret.test(told)) return { secretAccessKey: 'AWS says that this secret key does not belong to the access key.' }
  if (!wrongKey.test(told)) return {}
  return temporary
    ? { accessKeyId: 'AWS does not know this access key with this session token.', sessionToken: 'It does not belong to the access key, or is no longer valid.' }
    : { accessKeyId: 'AWS does not know this access key. Keys that begin with ASIA need a session token as well.' }
}
