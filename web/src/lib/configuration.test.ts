import { expect, it } from 'vitest'
import type { StoredModel } from '../api/types'
import { configurationFaults, configurationOf, noConfiguration, snapshotLine } from './configuration'

const model = { id: '1', modelMetaData: { name: 'churn v3' } } as unknown as StoredModel

it('asks for one variant, and only for what was said', () => {
  expect(configurationOf({ ...noConfiguration, made: true })).toEqual({ productionVariants: [{}] })
  expect(configurationOf({ made: true, configuration: 'churn-canary', instanceType: ' ml.c5.xlarge ', instanceCount: '2' })).toEqual({ name: 'churn-canary', productionVariants: [{ InstanceType: 'ml.c5.xlarge', InitialInstanceCount: 2 }] })
})
it('says what AWS would not take, once it is wanted at all', () => {
  const wrong = { made: true, configuration: 'a_b', instanceType: 'large', instanceCount: '0' }
  expect(Object.keys(configurationFaults(wrong))).toEqual(['configuration', 'instanceType', 'instanceCount'])
  expect(configurationFaults({ ...wrong, made: false })).toEqual({})
})
it('has the same wish for the command line', () => {
  expect(snapshotLine(model, ' ', noConfiguration)).toBe("slipway snapshot create 'churn v3'")
  expect(snapshotLine(model, 'prod', { made: true, configuration: 'churn-canary', instanceType: '', instanceCount: '2' })).toBe("slipway snapshot create 'churn v3' --name prod --instance-type ml.m5.large --instance-count 2 --configuration churn-canary")
})
