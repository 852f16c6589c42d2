/** What a person may do, and why not, in words. The server decides; this only spares the way to its refusal. */
import type { Session } from '../api/types'

export type Right = 'WRITE' | 'EXECUTE'
export type Who = Pick<Session, 'username' | 'groups' | 'admin' | 'rights'>
type Owned = { group: string; createdBy?: string | undefined }

const nouns: Record<string, string> = { storedModels: 'business models', deployableModels: 'snapshots', deployedModels: 'deployments', jobs: 'jobs', runtimes: 'runtimes', notifications: 'notifications', modelMLCs: 'life cycles' }
const doing: Record<Right, string> = { WRITE: 'change them', EXECUTE: 'run, deploy or freeze them' }
const where = "What a group may do stands in the server's configuration: ask who runs it."

/** @return why this person may not do it with the object; nothing when they may, or when nobody has said. */
export function lacks(who: Who | null | undefined, right: Right, collection: string, object: Owned): string | undefined {
  if (!who || who.admin) return undefined
  if (!who.groups.includes(object.group)) return `You are not in the group ${object.group}. Ask an administrator to add you to it.`
  const rights = who.rights?.[object.group]?.[collection]
  if (!rights || (object.createdBy === who.username ? rights.own : rights.any).includes(right)) return undefined
  return `In the group ${object.group} you may look at ${nouns[collection] ?? collection}, but not ${doing[right]}. ${where}`
}

/** Groups in which this person may add something of a collection. */
export function groupsToAdd(who: Who, collection: string): string[] {
  return who.groups.filter((group) => who.rights?.[group]?.[collection]?.own.includes('WRITE') ?? true)
}

/** Nothing is shared with whoever is in no group. */
export const inNoGroup = (who: Who | null | undefined): boolean => !!who && !who.admin && who.groups.length === 0

/** @return why this person can add no business model; nothing when they can. */
export function addRefusal(who: Who | null | undefined): string | undefined {
  if (!who || who.admin) return undefined
  if (who.groups.length === 0) return 'You are in no group yet, and a model belongs to one. Ask an administrator to add you to a group.'
  return groupsToAdd(who, 'storedModels').length > 0 ? undefined : `In your groups you may look at business models, but not add any. ${where}`
}

/** @return why this person can deploy no life cycle; nothing when they can. */
export function deployRefusal(who: Who | null | undefined): string | undefined {
  if (!who || who.admin) return undefined
  if (who.groups.length === 0) return 'You are in no group yet, and what you deploy belongs to one. Ask an administrator to add you to a group.'
  return groupsToAdd(who, 'modelMLCs').length > 0 ? undefined : `In your groups you may look at life cycles, but not deploy any. ${where}`
}

/** @return why this person may not steer an instance of a life cycle. Of what belongs to no group the server alone says. */
export function steerRefusal(who: Who | null | undefined, instance: { tenantId?: string | null; startUserId?: string | null }): string | undefined {
  return instance.tenantId ? lacks(who, 'EXECUTE', 'modelMLCs', { group: instance.tenantId, createdBy: instance.startUserId ?? undefined }) : undefined
}
