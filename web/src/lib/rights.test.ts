import { expect, it } from 'vitest'
import { addRefusal, groupsToAdd, lacks, type Who } from './rights'

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
