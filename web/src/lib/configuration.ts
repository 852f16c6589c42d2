/** An endpoint configuration as a person asks for it with a snapshot. */
import type { StoredModel } from '../api/types'
import { shellQuote } from './commands'

export interface ConfigurationDraft {
  made: boolean
  configuration: string
  instanceType: string
  instanceCount: string
}

export const noConfiguration: ConfigurationDraft = { made: false, configuration: '', instanceType: '', instanceCount: '' }

export function configurationFaults(draft: ConfigurationDraft): Record<string, string> {
  const [name, type, number] = [draft.configuration.trim(), draft.instanceType.trim(), draft.instanceCount.trim()]
  if (!draft.made) return {}
  return {
    ...(name && !/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name) && { configuration: 'Letters, digits and hyphens, at most 63; it begins and ends with a letter or a digit.' }),
    ...(type && !/^ml\.[a-z0-9-]+\.[a-z0-9-]+$/.test(type) && { instanceType: "One of AWS's types, such as ml.m5.large." }),
    ...(number && !/^[1-9]\d{0,3}$/.test(number) && { instanceCount: 'A whole number from 1.' }),
  }
}

/** What the server makes of it: one variant of the model. */
export function configurationOf(draft: ConfigurationDraft): object {
  const [name, type, number] = [draft.configuration.trim(), draft.instanceType.trim(), draft.instanceCount.trim()]
  return { ...(name && { name }), productionVariants: [{ ...(type && { InstanceType: type }), ...(number && { InitialInstanceCount: Number(number) }) }] }
}

export function snapshotLine(model: StoredModel, name: string, draft: ConfigurationDraft): string {
  const words = ['slipway', 'snapshot', 'create', shellQuote(model.modelMetaData.name ?? model.id)]
  if (name.trim()) words.push('--name', shellQuote(name.trim()))
  if (draft.made) {
    words.push('--instance-type', shellQuote(draft.instanceType.trim() || 'ml.m5.large'))
    if (draft.instanceCount.trim()) words.push('--instance-count', shellQuote(draft.instanceCount.trim()))
    if (draft.configuration.trim()) words.push('--configuration', shellQuote(draft.configuration.trim()))
  }
  return words.join(' ')
}
