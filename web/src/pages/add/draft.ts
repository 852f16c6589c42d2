/** What was chosen so far in the wizard. Secrets and files are kept apart and never stored. */
import type { DataSchema, ImportRequest } from '../../api/types'
import { type Keys, keysReady, toCredentials } from '../../components/KeyFields'
import { addressFault, externalAsset, looked } from '../../lib/assets'

export type Source = 'sagemaker' | 'hand'

export interface Draft {
  source: Source
  /** Of a configured credential; empty means as the server chooses. */
  credentialId: string
  entered: boolean
  region: string
  modelName: string
  group: string
  /** Address by role. */
  addresses: Record<string, string>
  type: string
  description: string
  tags: string
  /** Also what is older than the model. */
  deep: boolean
}

export const emptyDraft: Draft = {
  source: 'sagemaker', credentialId: '', entered: false, region: '', modelName: '', group: '', addresses: {}, type: 'PYSPARK', description: '', tags: '', deep: false,
}

export const steps = ['Where from', 'Model', 'What belongs to it', 'Import'] as const

/** AWS's own rule for names of models. */
export const nameShape = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

export function nameFault(name: string): string | undefined {
  if (name === '' || nameShape.test(name)) return undefined
  return 'A SageMaker model name has letters, digits and hyphens, at most 63.'
}

/** Whether the step has what the next ones need. */
export function stepReady(draft: Draft, keys: Keys, step: number): boolean {
  if (step === 0) return true
  if (step === 1) return draft.source === 'hand' ? draft.modelName.trim() !== '' : nameShape.test(draft.modelName.trim()) && (!draft.entered || keysReady(keys))
  return Object.values(draft.addresses).every((address) => address.trim() === '' || addressFault(address.trim()) === undefined)
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
