/** Helps to write the filter language; the server alone parses it. */

/** A value as it may stand in a term: quoted when it has blanks or quotes. */
export function quote(value: string): string {
  return /^[^\s"',]+$/.test(value) ? value : `"${value.replaceAll('"', '')}"`
}

/** Splits a filter into its terms at blanks outside quotes. */
export function terms(filter: string): string[] {
  return filter.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []
}

export function hasTerm(filter: string, term: string): boolean {
  return terms(filter).includes(term)
}

/** Adds the term, or takes it away when it is there. A term on the same field is replaced. */
export function toggleTerm(filter: string, term: string): string {
  const before = terms(filter)
  if (before.includes(term)) return before.filter((one) => one !== term).join(' ')
  const field = /^[\w.]+:/.exec(term)?.[0]
  return [...before.filter((one) => !field || !one.startsWith(field)), term].join(' ')
}

/** Ways to go on from what is typed: the field names that fit the last word. */
export function completions(filter: string, fields: readonly string[]): string[] {
  const match = /(^|\s)(-?)([\w.]*)$/.exec(filter)
  if (!match) return []
  const start = filter.slice(0, filter.length - (match[3]?.length ?? 0))
  const word = (match[3] ?? '').toLowerCase()
  return fields.filter((field) => field.toLowerCase().startsWith(word)).map((field) => `${start}${field}${field === 'tag' ? '.' : ':'}`)
}
