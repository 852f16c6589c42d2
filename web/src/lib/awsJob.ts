/** A job in SageMaker: the body of AWS's request as fields, and what is sent of it. */
import { shellQuote } from './commands'

export type Params = Record<string, unknown>
export type AwsJobKind = 'transform' | 'training'

export interface AwsField {
  /** Where it stands in the body, as a JSON pointer. */
  at: string
  label: string
  help?: string
  example?: string
  is: 'text' | 'number' | 'choice' | 'pairs'
  choices?: readonly (readonly [value: string, label: string])[]
  /** Why its text will not do. */
  fault?: (text: string) => string | undefined
  optional?: boolean
}

const s3 = (text: string) => (/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/.test(text) ? undefined : 'An address such as s3://bucket/folder/.')
const instance = (text: string) => (/^ml\.[a-z0-9-]+\.[a-z0-9-]+$/.test(text) ? undefined : "One of AWS's types, such as ml.m5.large.")
const whole = (least: number, most: number) => (text: string) => (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most ? undefined : `A whole number from ${least} to ${most.toLocaleString('en')}.`)
const count = { is: 'number', label: 'Instances', fault: whole(1, 100) } as const

export const fieldsOf: Record<AwsJobKind, readonly AwsField[]> = {
  transform: [
    { at: '/TransformInput/DataSource/S3DataSource/S3Uri', is: 'text', label: 'Input', help: 'A file, or all files below a folder', example: 's3://bucket/holdout.csv', fault: s3 },
    { at: '/TransformInput/ContentType', is: 'text', label: 'Type of the content', help: 'As the container takes it', example: 'text/csv', optional: true },
    { at: '/TransformInput/SplitType', is: 'choice', label: 'Split by', help: 'How a large file is cut into requests', choices: [['', 'As AWS does'], ['None', 'Nothing: a file is one request'], ['Line', 'Lines'], ['RecordIO', 'RecordIO'], ['TFRecord', 'TFRecord']] },
    { at: '/TransformOutput/S3OutputPath', is: 'text', label: 'Output', help: '{job} stands for the name of the job', example: 's3://bucket/scores/', fault: s3 },
    { at: '/TransformResources/InstanceType', is: 'text', label: 'Instance type', example: 'ml.m5.large', fault: instance },
    { at: '/TransformResources/InstanceCount', ...count },
  ],
  training: [
    { at: '/AlgorithmSpecification/TrainingImage', is: 'text', label: 'Image that trains', example: '123456789012.dkr.ecr.us-east-2.amazonaws.com/train:1' },
    { at: '/AlgorithmSpecification/TrainingInputMode', is: 'choice', label: 'How data gets to it', choices: [['', 'Choose'], ['File', 'Copied before it begins'], ['FastFile', 'Read as it is needed'], ['Pipe', 'Streamed']] },
    { at: '/RoleArn', is: 'text', label: 'Role that SageMaker works with', example: 'arn:aws:iam::123456789012:role/sagemaker' },
    { at: '/InputDataConfig/0/DataSource/S3DataSource/S3Uri', is: 'text', label: 'Training data', example: 's3://bucket/train/', fault: s3 },
    { at: '/OutputDataConfig/S3OutputPath', is: 'text', label: 'Output', help: 'AWS makes a folder of the job in it', example: 's3://bucket/models/', fault: s3 },
    { at: '/ResourceConfig/InstanceType', is: 'text', label: 'Instance type', example: 'ml.m5.xlarge', fault: instance },
    { at: '/ResourceConfig/InstanceCount', ...count },
    { at: '/ResourceConfig/VolumeSizeInGB', is: 'number', label: 'Disk, in GB', fault: whole(1, 16_384) },
    { at: '/StoppingCondition/MaxRuntimeInSeconds', is: 'number', label: 'Stopped after, in seconds', fault: whole(1, 28 * 86_400) },
    { at: '/HyperParameters', is: 'pairs', label: 'Hyperparameters (optional)', help: 'One a line: name=value', optional: true },
  ],
}

const parts = (at: string): string[] => at.split('/').slice(1)
const isObject = (value: unknown): value is Params => typeof value === 'object' && value !== null && !Array.isArray(value)

export function valueAt(params: Params, at: string): unknown {
  return parts(at).reduce<unknown>((inner, key) => (Array.isArray(inner) ? inner[Number(key)] : isObject(inner) ? inner[key] : undefined), params)
}

/** With another value at a place; nothing takes the member away. Members on the way there are made. */
export function withValue(params: Params, at: string, value: unknown): Params {
  const put = (inner: unknown, [key, ...rest]: string[]): unknown => {
    if (key === undefined) return value
    if (/^\d+$/.test(key)) {
      const list = Array.isArray(inner) ? [...(inner as unknown[])] : []
      list[Number(key)] = put(list[Number(key)], rest)
      return list
    }
    const { [key]: before, ...others } = isObject(inner) ? inner : {}
    const after = put(before, rest)
    return after === undefined ? others : { ...others, [key]: after }
  }
  return put(params, parts(at)) as Params
}

/** What a field shows. */
export function fieldText(field: AwsField, params: Params): string {
  const value = valueAt(params, field.at)
  if (field.is === 'pairs') return isObject(value) ? Object.entries(value).map(([name, one]) => `${name}=${String(one)}`).join('\n') : ''
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** The body after something was typed into a field. AWS needs more of a first channel than its address. */
export function typed(field: AwsField, params: Params, text: string): Params {
  if (field.is === 'pairs') {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    return withValue(params, field.at, lines.length > 0 ? Object.fromEntries(lines.map((line) => (line.includes('=') ? [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1)] : [line.trim(), '']))) : undefined)
  }
  const trimmed = text.trim()
  const value = trimmed === '' ? undefined : field.is === 'number' && /^\d+$/.test(trimmed) ? Number(trimmed) : trimmed
  const next = withValue(params, field.at, value)
  if (value === undefined || !field.at.endsWith('/S3DataSource/S3Uri')) return next
  const source = field.at.replace(/\/S3Uri$/, '')
  const typedSource = valueAt(next, `${source}/S3DataType`) === undefined ? withValue(next, `${source}/S3DataType`, 'S3Prefix') : next
  return field.at.startsWith('/InputDataConfig/0/') && valueAt(typedSource, '/InputDataConfig/0/ChannelName') === undefined ? withValue(typedSource, '/InputDataConfig/0/ChannelName', 'training') : typedSource
}

const filledIn = (text: string, defaults: Params, at: string): boolean => valueAt(defaults, at) === text && text.includes('{job}')

/** What is wrong with a field, by its place; nothing where it will do. */
export function fieldFaults(kind: AwsJobKind, params: Params, defaults: Params): Record<string, string> {
  const out: Record<string, string> = {}
  for (const field of fieldsOf[kind]) {
    const text = fieldText(field, params)
    if (text === '' && !field.optional && field.choices?.[0]?.[1] !== 'As AWS does') out[field.at] = 'This is needed.'
    else if (text !== '' && text.includes('{job}') && field.at.endsWith('S3OutputPath') && !filledIn(text, defaults, field.at)) out[field.at] = 'Where you write it yourself, write out the whole address: {job} stands only in what was filled in.'
    else if (text !== '' && !filledIn(text, defaults, field.at)) {
      const fault = field.fault?.(text)
      if (fault) out[field.at] = fault
    }
  }
  return out
}

/** What is posted. A place for the job's name is left to the server, which knows the name. */
export function awsJobRequest(kind: AwsJobKind, params: Params, defaults: Params, of: { modelId: string; snapshotId?: string | undefined }): object {
  const output = '/TransformOutput/S3OutputPath'
  const text = valueAt(params, output)
  const jobParameters = typeof text === 'string' && filledIn(text, defaults, output) ? withValue(params, output, undefined) : params
  return {
    jobType: kind === 'training' ? 'MODEL_BATCH_TRAINING_JOB' : 'MODEL_BATCH_JOB',
    model: of.snapshotId ? { id: of.snapshotId, storedModel: { id: of.modelId } } : { storedModel: { id: of.modelId } },
    targetEngine: { engineType: 'SAGEMAKER_RUNTIME' },
    jobParameters,
  }
}

export const awsJobLine = (body: object): string => `printf %s ${shellQuote(JSON.stringify(body))} | slipway job create -`
