/** Assets that a deployment looks for, and why each matters. */
import type { AssetInput, DataSchema } from '../api/types'

export interface Looked {
  role: string
  label: string
  why: string
}

export const looked: Looked[] = [
  { role: 'MODEL_DOCUMENTATION', label: 'Documentation', why: 'Approvers read what the model is for, and where it must not be used.' },
  { role: 'TRAINING_DATA', label: 'Training data', why: 'Says what the model was made from, so that drift and bias can be judged against it.' },
  { role: 'TEST_DATA', label: 'Test data', why: 'With it a transform job tests the model before anybody is asked to approve it.' },
  { role: 'TEST_RESULT_COMPARATOR', label: 'Comparator', why: 'A decision table (DMN) over the metrics that a test job writes; its output passes says true or false, and reason says why.' },
]

export const schemaWhy = 'Names the inputs the model expects, so that data can be checked before it is scored.'

/** A schema as a person gives it: pasted, or the text of a file with its name. */
export interface SchemaText {
  name: string
  text: string
}

/** @return the schema, nothing of an empty text, or what is wrong with it. */
export function readSchema({ name, text }: SchemaText): { schema?: DataSchema; fault?: string } {
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { fault: `This is no JSON: ${error instanceof Error ? error.message : 'it cannot be read'}.` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { fault: 'A schema is a JSON object: {"type": "record", "name": …, "fields": […]}.' }
  return { schema: { name: name || 'input.avsc', schemaDefinition: value as Record<string, unknown> } }
}

/** Address schemes that a file elsewhere may have. */
const schemes = /^(s3|s3a|hdfs|https|http|file|gs|abfss?):\/\/[^\s]+$/i

/** @return what is wrong with the address, in words; nothing when it will do. */
export function addressFault(address: string): string | undefined {
  if (schemes.test(address)) return undefined
  return 'Begin with s3://, hdfs://, https:// or file:// and go on to the file.'
}

/** A transform job of SageMaker reads test data from S3 alone. */
export const isS3Only = (role: string, sageMaker: boolean): boolean => sageMaker && role === 'TEST_DATA'

/** addressFault() of a file that may have to be in S3. */
export const addressFaultOf = (address: string, s3Only: boolean): string | undefined => (s3Only && !address.startsWith('s3://') ? 'Begin with s3:// : a transform job of SageMaker reads test data from S3 alone.' : addressFault(address))

/** By the end of a file's name. */
export const formatOf = (filename: string): string => /\.(csv|json|parquet|avro)$/i.exec(filename)?.[1]?.toUpperCase() ?? 'UNKNOWN'

export function externalAsset(role: string, address: string): AssetInput {
  const filename = address.replace(/[?#].*$/, '').split('/').filter(Boolean).at(-1) ?? address
  const repository = /^s3a?:/i.test(address) ? 'S3_REPOSITORY' : /^hdfs:/i.test(address) ? 'HDFS_REPOSITORY' : undefined
  return {
    assetType: 'EXTERNAL_FILE',
    assetRole: role,
    name: filename,
    filename,
    fileFormat: formatOf(filename),
    fileUrl: address,
    ...(repository && { repositoryInfo: { repositoryType: repository } }),
  }
}

/** In pieces, so that large files do not overflow the stack. */
export function base64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(binary)
}

export async function embeddedAsset(role: string, file: File): Promise<AssetInput> {
  return { assetType: 'FILE', assetRole: role, name: file.name, filename: file.name, fileContent: base64(new Uint8Array(await file.arrayBuffer())) }
}

export const largestEmbedded = 16 * 1024 * 1024
