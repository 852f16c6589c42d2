/** Reads test results: the conventions for charts and tables, and whatever else a model wrote. */

export interface Series {
  name: string
  /** NaN where the series has no point, null where the model wrote one without a number: only there its line has a gap. */
  values: (number | null)[]
}

export interface LineFigure {
  kind: 'line'
  title: string
  x: string
  y: string
  /** Numbers, or texts such as dates, which are then spread evenly. */
  labels: (number | string)[]
  series: Series[]
}

export interface BarFigure {
  kind: 'bar'
  title: string
  x: string
  y: string
  labels: string[]
  series: Series[]
  /** Bars that lie instead of standing. */
  rotated: boolean
}

export interface TableFigure {
  kind: 'table'
  title: string
  columns: string[]
  rows: string[][]
}

export type Figure = LineFigure | BarFigure | TableFigure | { kind: 'facts'; rows: [string, string][] } | { kind: 'text'; title: string; text: string }

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const isFlat = (value: unknown): boolean => value === null || ['string', 'number', 'boolean'].includes(typeof value)
const isMeasured = (value: unknown): value is number | string | null => value === null || typeof value === 'number' || (typeof value === 'string' && /^-?(nan|inf|infinity)$/i.test(value))
const measured = (value: number | string | null): number | null => (typeof value === 'number' ? value : null)
const isPoint = (value: unknown): value is [number | string, number | string | null] => Array.isArray(value) && value.length === 2 && ['number', 'string'].includes(typeof value[0]) && isMeasured(value[1])
const textOf = (value: unknown, fallback: string): string => (typeof value === 'string' && value ? value : fallback)

/** JSON has one word for both: what a model measured as NaN arrives as null. */
export const noNumber = 'NaN or null'

/** Seven significant digits: enough to compare, short enough to read. What is not there is empty, what is there without a value says so. */
export function figure(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(7)))
  return value === undefined ? '' : value === null ? noNumber : typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function line(title: string, value: Json): LineFigure | undefined {
  if (!isObject(value.data) || value.categories !== undefined) return undefined
  const entries = Object.entries(value.data)
  if (entries.length === 0 || !entries.every(([, points]) => Array.isArray(points) && points.length > 0 && points.every(isPoint))) return undefined
  const labels = [...new Set(entries.flatMap(([, points]) => (points as [number | string, unknown][]).map(([at]) => at)))]
  if (labels.every((at) => typeof at === 'number')) labels.sort((a, b) => Number(a) - Number(b))
  const series = entries.map(([name, points]) => {
    const known = new Map((points as [number | string, number | string | null][]).map(([at, value]) => [at, measured(value)]))
    return { name, values: labels.map((at) => (known.has(at) ? known.get(at)! : Number.NaN)) }
  })
  return { kind: 'line', title: textOf(value.title, title), x: textOf(value.x_axis_label, ''), y: textOf(value.y_axis_label, ''), labels, series }
}

function bar(title: string, value: Json): BarFigure | undefined {
  if (!isObject(value.data) || !Array.isArray(value.categories)) return undefined
  const labels = value.categories.map(String)
  const entries = Object.entries(value.data)
  if (labels.length === 0 || entries.length === 0 || !entries.every(([, values]) => Array.isArray(values) && values.every(isMeasured))) return undefined
  const series = entries.map(([name, values]) => ({ name, values: labels.map((_, at) => (at < (values as unknown[]).length ? measured((values as (number | string | null)[])[at]!) : Number.NaN)) }))
  return { kind: 'bar', title: textOf(value.title, title), x: textOf(value.x_axis_label, ''), y: textOf(value.y_axis_label, ''), labels, series, rotated: value.rotated === true }
}

function table(title: string, value: unknown): TableFigure | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every((row) => isObject(row) && Object.values(row).every(isFlat))) return undefined
  const columns = [...new Set(value.flatMap((row) => Object.keys(row as Json)))]
  return { kind: 'table', title, columns, rows: value.map((row) => columns.map((column) => figure((row as Json)[column]))) }
}

/** `roc_curve` and `rocCurve` read as "Roc curve". */
export function heading(name: string): string {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Single values first, then charts and tables in the order in which the model wrote them. */
export function figures(results: Json): Figure[] {
  const facts: [string, string][] = []
  const rest: Figure[] = []
  for (const [name, value] of Object.entries(results)) {
    if (isFlat(value)) facts.push([name, figure(value)])
    else {
      const known = isObject(value) ? (line(heading(name), value) ?? bar(heading(name), value)) : table(heading(name), value)
      if (known) rest.push(known)
      else if (isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isFlat)) facts.push(...Object.entries(value).map(([key, one]): [string, string] => [`${name} · ${key}`, figure(one)]))
      else rest.push({ kind: 'text', title: heading(name), text: JSON.stringify(value, null, 2) })
    }
  }
  return facts.length > 0 ? [{ kind: 'facts', rows: facts }, ...rest] : rest
}

/** What a series has in a row, from one gap to the next, by places. */
export function stretches(values: Series['values']): number[][] {
  const out: number[][] = [[]]
  values.forEach((value, at) => {
    if (value === null) out.push([])
    else if (Number.isFinite(value)) out.at(-1)!.push(at)
  })
  return out.filter((one) => one.length > 0)
}

/** Steps of an axis that a person would choose: 1, 2 or 5 times a power of ten. */
export function ticks(least: number, most: number, wanted = 5): number[] {
  if (!Number.isFinite(least) || !Number.isFinite(most)) return [0, 1]
  const span = most - least || Math.abs(most) || 1
  const power = 10 ** Math.floor(Math.log10(span / wanted))
  const step = power * ([1, 2, 5, 10].find((factor) => span / (factor * power) <= wanted) ?? 10)
  const first = Math.floor(least / step)
  const last = Math.ceil(most / step)
  return Array.from({ length: Math.max(last - first, 1) + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

/** A figure as comma-separated values, for a spreadsheet, which knows an empty cell for what has no value. */
export function csv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => (text === noNumber ? '' : /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return [columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')
}
