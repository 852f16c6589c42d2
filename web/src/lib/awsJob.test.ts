import { expect, it } from 'vitest'
import { awsJobRequest, fieldFaults, fieldsOf, fieldText, type Params, typed, valueAt, withValue } from './awsJob'

const defaults: Params = {
  ModelName: 'churn', TransformInput: { DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/holdout.csv' } }, ContentType: 'text/csv' },
  TransformOutput: { S3OutputPath: 's3://bucket/scores/{job}/', Accept: 'text/csv' }, TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 2 },
}
const field = (label: string, kind: 'transform' | 'training' = 'transform') => fieldsOf[kind].find((one) => one.label === label)!

it('begins with what the server filled in, and can be sent as it is', () => {
  expect(fieldsOf.transform.map((one) => fieldText(one, defaults))).toEqual(['s3://bucket/holdout.csv', 'text/csv', '', 's3://bucket/scores/{job}/', 'ml.m5.large', '2'])
  expect(fieldFaults('transform', defaults, defaults)).toEqual({})
})
it("leaves the job's own folder to the server, and keeps what stands beside it", () => {
  const { jobParameters } = awsJobRequest('transform', defaults, defaults, { modelId: 'm' }) as { jobParameters: Params }
  expect(jobParameters['TransformOutput']).toEqual({ Accept: 'text/csv' })
  const own = typed(field('Output'), defaults, 's3://other/out/')
  expect(awsJobRequest('transform', own, defaults, { modelId: 'm', snapshotId: 's' })).toMatchObject({ model: { id: 's', storedModel: { id: 'm' } }, jobType: 'MODEL_BATCH_JOB', jobParameters: { TransformOutput: { S3OutputPath: 's3://other/out/' } } })
})
it('names what is wrong at its place', () => {
  const wrong = [['Input', 'bucket/x'], ['Output', 's3://bucket/mine/{job}/'], ['Instance type', 'large'], ['Instances', '0']].reduce((params, [label, text]) => typed(field(label!), params, text!), defaults)
  expect(Object.keys(fieldFaults('transform', wrong, defaults))).toEqual(['/TransformInput/DataSource/S3DataSource/S3Uri', '/TransformOutput/S3OutputPath', '/TransformResources/InstanceType', '/TransformResources/InstanceCount'])
  expect(fieldFaults('transform', typed(field('Input'), defaults, ''), defaults)).toEqual({ '/TransformInput/DataSource/S3DataSource/S3Uri': 'This is needed.' })
})
it('makes a first channel whole', () => {
  expect(typed(field('Training data', 'training'), {}, 's3://b/train/')).toEqual({ InputDataConfig: [{ ChannelName: 'training', DataSource: { S3DataSource: { S3Uri: 's3://b/train/', S3DataType: 'S3Prefix' } } }] })
})
it('reads hyperparameters line by line, and takes away what was emptied', () => {
  const pairs = field('Hyperparameters (optional)', 'training')
  const params = typed(pairs, {}, 'eta=0.1\nname=a=b\n')
  expect(params).toEqual({ HyperParameters: { eta: '0.1', name: 'a=b' } })
  expect(fieldText(pairs, params)).toBe('eta=0.1\nname=a=b')
  expect(typed(pairs, params, '')).toEqual({})
  expect(valueAt(withValue(defaults, '/TransformInput/ContentType', undefined), '/TransformInput/ContentType')).toBeUndefined()
})
