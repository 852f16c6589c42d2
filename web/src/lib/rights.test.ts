import { expect, it } from 'vitest'
import { addRefusal, deployRefusal, groupsToAdd, lacks, steerRefusal, type Who } from './rights'

const reads = { storedModels: { any: ['READ'], own: ['READ'] } } satisfies NonNullable<Who['rights']>[string]
const owns = { storedModels: { any: ['READ'], own: ['READ', 'WRITE'] } } satisfies NonNullable<Who['rights']>[string]
const ana: Who = { username: 'ana', groups: ['risk', 'fraud'], admin: false, rights: { risk: reads, fraud: owns } }

it('who may only look is told so, in the words of the page', () => {
  expect(lacks(ana, 'WRITE', 'storedModels', { group: 'risk', createdBy: 'ana' })).toMatch(/^In the group risk you may look at business models, but not change them\. /)
  expect(lacks(ana, 'EXECUTE', 'storedModels', { group: 'fraud', createdBy: 'ana' })).toMatch(/but not run, deploy or freeze them/)
})
it('what somebody made counts for its maker', () => {
  expect(lacks(ana, 'WRITE', 'storedModels', { group: 'fraud', createdBy: 'ana' })).toBeUndefined()
  expect(lacks(ana, 'WRITE', 'storedModels', { group: 'fraud', createdBy: 'bob' })).toBeDefined()
})
it('administrators may do everything, others nothing outside of their groups, and nothing is claimed where nobody said', () => {
  expect(lacks({ ...ana, admin: true }, 'WRITE', 'storedModels', { group: 'x' })).toBeUndefined()
  expect(lacks(ana, 'WRITE', 'storedModels', { group: 'x' })).toMatch(/^You are not in the group x\./)
  expect(lacks(ana, 'WRITE', 'jobs', { group: 'risk' })).toBeUndefined()
  expect(lacks(undefined, 'WRITE', 'storedModels', { group: 'risk' })).toBeUndefined()
})
it('a model is added where its maker may write', () => {
  expect(groupsToAdd(ana, 'storedModels')).toEqual(['fraud'])
  expect(addRefusal(ana)).toBeUndefined()
  expect(addRefusal({ ...ana, groups: ['risk'] })).toMatch(/not add any/)
  expect(addRefusal({ ...ana, groups: [] })).toMatch(/in no group yet/)
  expect(addRefusal({ ...ana, rights: undefined })).toBeUndefined()
})
it('life cycles are deployed and steered where the groups allow it', () => {
  const looks: Who = { ...ana, rights: { risk: { modelMLCs: { any: ['READ'], own: ['READ'] } }, fraud: { modelMLCs: { any: ['READ', 'EXECUTE'], own: ['READ', 'WRITE', 'EXECUTE'] } } } }
  expect(deployRefusal(looks)).toBeUndefined()
  expect(deployRefusal({ ...looks, groups: ['risk'] })).toMatch(/look at life cycles, but not deploy any/)
  expect(deployRefusal({ ...looks, groups: [] })).toMatch(/in no group yet/)
  expect(steerRefusal(looks, { tenantId: 'risk', startUserId: 'SYSTEM' })).toMatch(/but not run, deploy or freeze them/)
  expect(steerRefusal(looks, { tenantId: 'fraud' })).toBeUndefined()
  expect(steerRefusal(looks, { tenantId: null })).toBeUndefined()
})
