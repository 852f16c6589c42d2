/** Reads AWS's own descriptions, whose members may be missing or of another kind. */

export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value || undefined
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** Member by name, in AWS's capitals or in ours. */
export function member(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined
  const record = object as Record<string, unknown>
  return record[name] ?? record[name.charAt(0).toLowerCase() + name.slice(1)]
}

/** AWS's names for what people know by another. */
const known: Record<string, string> = {
  EnableCapture: 'Captured', InitialSamplingPercentage: 'Share of requests', CurrentSamplingPercentage: 'Share of requests', DestinationS3Uri: 'Written to', CaptureStatus: 'State',
  CaptureOptions: 'What is captured', KmsKeyId: 'Encrypted with', CaptureContentTypeHeader: 'Types of content', CsvContentTypes: 'CSV', JsonContentTypes: 'JSON',
  MonitoringScheduleName: 'Name', MonitoringScheduleArn: 'ARN', MonitoringScheduleStatus: 'State', MonitoringType: 'What is watched', ScheduleExpression: 'When', MonitoringScheduleConfig: '', ScheduleConfig: '',
  EndpointName: 'Endpoint', CreationTime: 'Created', LastModifiedTime: 'Changed', SecurityGroupIds: 'Security groups', Subnets: 'Subnets', StartTime: 'Begun', EndpointConfigName: 'Configuration',
  BlueGreenUpdatePolicy: 'Blue and green', TrafficRoutingConfiguration: 'Traffic', AutoRollbackConfiguration: 'Rolled back on', TerminationWaitInSeconds: 'Old instances kept for, in seconds', MaximumExecutionTimeoutInSeconds: 'Given up after, in seconds', WaitIntervalInSeconds: 'Between steps, in seconds',
}
const modes: Record<string, string> = { Input: 'requests', Output: 'answers', InputAndOutput: 'requests and answers' }

/** Members that AWS wraps into objects of one member each: `[{CaptureMode: Input}, {CaptureMode: Output}]`. */
function captured(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined
  const found = value.map((one) => textOf(member(one, 'CaptureMode')))
  return found.length > 0 && found.every((one) => one !== undefined) ? found.map((one) => modes[one] ?? one).join(' and ') : undefined
}

function labelOf(prefix: string, key: string): string {
  const own = known[key] ?? words(key)
  return [prefix, own].filter(Boolean).join(' · ')
}

const valueOf = (key: string, text: string): string => (key.endsWith('SamplingPercentage') ? `${text} %` : text)

/** Nested members as rows of a description: `Share of requests` → `100 %`. */
export function rowsOf(value: unknown, prefix = ''): [label: string, text: string][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]): [string, string][] => {
    const label = labelOf(prefix, key)
    const modesOf = key === 'CaptureOptions' ? captured(inner) : undefined
    if (modesOf) return [[label, modesOf]]
    const text = typeof inner === 'boolean' ? (inner ? 'Yes' : 'No') : textOf(inner)
    if (text !== undefined) return [[label, valueOf(key, text)]]
    if (Array.isArray(inner)) return inner.every((one) => textOf(one) !== undefined) ? [[label, inner.join(', ')]] : inner.flatMap((one, i) => rowsOf(one, `${label} ${i + 1}`))
    return rowsOf(inner, label)
  })
}

/** `InitialSamplingPercentage` → `Initial sampling percentage`; abbreviations stay. */
export function words(name: string): string {
  const split = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
  const lower = split.split(' ').map((word) => (/^[A-Z\d]{2,}$/.test(word) ? word : word.toLowerCase())).join(' ')
  return lower.charAt(0).toUpperCase() + lower.slice(1)
}
