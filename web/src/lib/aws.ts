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

/** Nested members as rows of a description: `Initial sampling percentage` → `100`. */
export function rowsOf(value: unknown, prefix = ''): [label: string, text: string][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]): [string, string][] => {
    const label = prefix ? `${prefix} · ${words(key)}` : words(key)
    const text = typeof inner === 'boolean' ? (inner ? 'Yes' : 'No') : textOf(inner)
    if (text !== undefined) return [[label, text]]
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
