import { expect, it } from 'vitest'
import { addressFault, externalAsset } from './assets'
import { rowsOf, words } from './aws'
import { differences, mergePatch } from './conflict'
import { safeHref, to } from './links'
import { importRequest, emptyDraft, stepFault } from '../pages/add/draft'
import { noKeys } from '../components/KeyFields'
import { isActive, openTo } from '../components/frame/places'

it.each(['javascript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 's3://bucket/key', 'file:///etc/passwd', '//host', '', 'java\nscript:alert(1)'])('%s is no link', (address) => {
  expect(safeHref(address)).toBeUndefined()
})
it('http and https are links, ids in addresses are escaped', () => {
  expect(safeHref('https://us-east-2.console.aws.amazon.com/x#/models/a')).toBe('https://us-east-2.console.aws.amazon.com/x#/models/a')
  expect(to.job('a/b?c')).toBe('#/jobs/a%2Fb%3Fc')
})
it('tells what somebody else changed, leaf by leaf', () => {
  expect(differences({ version: 1, meta: { a: 1, tags: ['x'] } }, { version: 2, meta: { a: 2, tags: ['x', 'y'], b: 'new' } })).toEqual([
    { path: 'meta.a', before: '1', now: '2' }, { path: 'meta.tags', before: '["x"]', now: '["x","y"]' }, { path: 'meta.b', before: '(nothing)', now: 'new' },
  ])
})
it('patches only what changed, null for what is gone', () => {
  expect(mergePatch({ d: 'a', tags: [1], c: { x: 1, y: 2 } }, { d: 'a', tags: [1, 2], c: { y: 3 } })).toEqual({ tags: [1, 2], c: { x: null, y: 3 } })
})
it('reads nested descriptions of AWS as rows', () => {
  expect(rowsOf({ EnableThing: true, KmsKeyId: null, Options: [{ CaptureMode: 'Input' }], S3Uris: ['a', 'b'] })).toEqual([['Enable thing', 'Yes'], ['Options 1 · Capture mode', 'Input'], ['S3 uris', 'a, b']])
  expect(words('MemorySizeInMB')).toBe('Memory size in MB')
})
it('makes an asset of an address', () => {
  expect(externalAsset('TEST_DATA', 's3://b/x/holdout.csv')).toMatchObject({ assetType: 'EXTERNAL_FILE', name: 'holdout.csv', fileFormat: 'CSV', repositoryInfo: { repositoryType: 'S3_REPOSITORY' } })
  expect(addressFault('javascript:alert(1)')).toBeDefined()
  expect(addressFault('hdfs:///demo/test.csv')).toBeUndefined()
})

it('asks for an import with the keys that were entered, or the credential that was chosen, never both', () => {
  const keys = { region: 'us-east-2', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 's', sessionToken: '' }
  const draft = { ...emptyDraft, modelName: ' fraud ', credentialId: 'c1', region: 'eu-west-1' }
  expect(importRequest(draft, keys, [], undefined)).toEqual({ modelName: 'fraud', credentialId: 'c1', region: 'eu-west-1', startLifecycles: 'every', deep: false })
  expect(importRequest({ ...draft, entered: true }, keys, [], undefined)).toEqual({ modelName: 'fraud', region: 'us-east-2', startLifecycles: 'every', deep: false, credentials: { region: 'us-east-2', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 's' } })
})
it('says what a step still lacks', () => {
  const draft = { ...emptyDraft, modelName: 'fraud' }
  expect(stepFault({ ...draft, modelName: 'no good name' }, noKeys, 1)).toContain('letters, digits and hyphens')
  expect(stepFault({ ...draft, modelName: '', entered: true }, { ...noKeys, region: 'us-east-2' }, 1)).toBe('Still needed: the access key, the secret key and the model.')
  expect(stepFault(draft, noKeys, 1)).toBeUndefined()
  expect(stepFault({ ...draft, entered: true }, { ...noKeys, region: 'us-east-2', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }, 2)).toBe('Still needed: the secret key. Go back for it.')
  expect(stepFault({ ...draft, source: 'hand', modelName: ' ' }, noKeys, 1)).toBe('Still needed: a name.')
})
it('shows people what they may open', () => {
  expect(openTo(false).flatMap((group) => group.places.map((place) => place.label))).not.toContain('Users and clients')
  expect(isActive('/models', '/snapshots/1')).toBe(true)
  expect(isActive('/jobs', '/models')).toBe(false)
})
