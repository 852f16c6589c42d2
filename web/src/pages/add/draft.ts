/** What was chosen so far in the wizard. Secrets and files are kept apart and never stored. */
import type { DataSchema, ImportRequest } from '../../api/types'
import { type Keys, keysMissing, toCredentials } from '../../components/KeyFields'
import { addressFault, externalAsset, looked } from '../../lib/assets'
import { type Source, sourceFault } from '../../lib/source'

export type Origin = 'sagemaker' | 'source' | 'hand'

export interface Draft {
  source: Origin
  /** Of a configured credential; empty means as the server chooses. */
  credentialId: string
  entered: boolean
  region: string
  modelName: string
  group: string
  /** Address by role. */
  addresses: Record<string, string>
  type: string
  /** Path of the program that runs, of a PySpark source. */
  primary: string
  description: string
  tags: string
  /** Also what is older than the model. */
  deep: boolean
}

export const emptyDraft: Draft = {
  source: 'sagemaker', credentialId: '', entered: false, region: '', modelName: '', group: '', addresses: {}, type: 'PYSPARK', primary: '', description: '', tags: '', deep: false,
}

export const steps = ['Where from', 'Model', 'What belongs to it', 'Import'] as const

/** AWS's own rule for names of models. */
export const nameShape = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

export function nameFault(name: string): string | undefined {
  if (name === '' || nameShape.test(name)) return undefined
  return 'A SageMaker model name has letters, digits and hyphens, at most 63.'
}

const list = (words: string[]): string => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`)

function modelFault(draft: Draft, keys: Keys, source: Source | undefined): string | undefined {
  const name = draft.modelName.trim()
  if (draft.source === 'source') return sourceFault(source, draft.primary) ?? (name === '' ? 'Still needed: a name.' : undefined)
  if (draft.source === 'hand') return name === '' ? 'Still needed: a name.' : undefined
  const missing = [...(draft.entered ? keysMissing(keys) : []), ...(name === '' ? ['the model'] : [])]
  if (missing.length > 0) return `Still needed: ${list(missing)}.`
  return nameFault(name)
}

/** What the step still lacks for the next ones, in words; nothing when it will do. The last needs what the others need too: a reload forgets secrets and files. */
export function stepFault(draft: Draft, keys: Keys, step: number, source?: Source): string | undefined {
  if (step === 0) return undefined
  if (step === 1) return modelFault(draft, keys, source)
  const wrong = Object.values(draft.addresses).some((address) => address.trim() !== '' && addressFault(address.trim()) !== undefined)
  if (wrong) return 'One of the addresses is not whole yet: it begins with s3://, hdfs:// or https:// and goes on to the file.'
  const before = modelFault(draft, keys, source)
  return before && `${before} Go back for it.`
}

export function externalAssets(draft: Draft) {
  return looked.flatMap(({ role }) => {
    const address = draft.addresses[role]?.trim()
    return address ? [externalAsset(role, address)] : []
  })
}

export function importRequest(draft: Draft, keys: Keys, assets: ImportRequest['assets'], schema: DataSchema | undefined): ImportRequest {
  return {
    modelName: draft.modelName.trim(),
    startLifecycles: 'every',
    deep: draft.deep,
    ...(draft.group && { group: draft.group }),
    ...(draft.entered ? { credentials: toCredentials(keys), region: keys.region.trim() } : { ...(draft.credentialId && { credentialId: draft.credentialId }), ...(draft.region && { region: draft.region }) }),
    ...(assets && assets.length > 0 && { assets }),
    ...(schema && { inputSchema: [schema] }),
  }
}
