import { expect, it } from 'vitest'
import type { DeployedModel } from '../api/types'
import { deleteRefusal } from './deployed'

const on = (name: string, state: string, engineType = 'SAGEMAKER_RUNTIME') => ({ state, engine: { name, engineType } }) as DeployedModel

it('what is deployed says where, and what ends that', () => {
  expect(deleteRefusal([on('live', 'DEPLOYED'), on('old', 'UNDEPLOYED')])).toBe('It is deployed on live. Undeploy it first.')
  expect(deleteRefusal([on('edge', 'DEPLOYING', 'SPARK_RUNTIME')])).toBe('It is deployed on edge.')
})
it('what never came about can be deleted', () => expect(deleteRefusal([on('live', 'FAILED'), on('old', 'UNDEPLOYED')])).toBeUndefined())
