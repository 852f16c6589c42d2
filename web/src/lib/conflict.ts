/** What another person changed between our reading and our saving. */
export interface Difference {
  path: string
  before: string
  now: string
}

const ignored = new Set(['version', 'lastModifiedDate', 'lastModifiedBy', '_links', 'warnings'])

function text(value: unknown): string {
  if (value === undefined) return '(nothing)'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Leaves that differ; arrays are compared whole, as a PATCH replaces them. */
export function differences(before: unknown, now: unknown, path = ''): Difference[] {
  if (isObject(before) && isObject(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((key) => path !== '' || !ignored.has(key))
    return keys.flatMap((key) => differences(before[key], now[key], path ? `${path}.${key}` : key))
  }
  return JSON.stringify(before) === JSON.stringify(now) ? [] : [{ path, before: text(before), now: text(now) }]
}

/** A merge patch that turns `before` into `after`: null for what is gone. Nothing when they are the same. */
export function mergePatch(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return after
  const patch: Record<string, unknown> = {}
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null
  for (const [key, value] of Object.entries(after)) {
    if (!(key in before)) patch[key] = value
    else if (JSON.stringify(before[key]) !== JSON.stringify(value)) patch[key] = mergePatch(before[key], value)
  }
  return patch
}
