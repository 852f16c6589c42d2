/** The whole state of a list view, as it stands in the address. */
export type Density = 'comfortable' | 'compact'

export interface ListState {
  filter: string
  sort: string
  page: number
  size: number
  /** Names of the columns shown; absent means the view's own choice. */
  columns?: string[]
  density: Density
}

export type Search = Record<string, string | undefined>

export const pageSizes = [20, 50, 100, 500]

function whole(text: string | undefined, fallback: number, least: number, most: number): number {
  const value = Number(text)
  return text !== undefined && Number.isInteger(value) && value >= least && value <= most ? value : fallback
}

/** Reads the address; what makes no sense counts as absent. */
export function readListState(search: Search, defaultSort: string): ListState {
  const columns = search.columns?.split(',').filter(Boolean)
  return {
    filter: search.filter ?? '',
    sort: search.sort ?? defaultSort,
    page: whole(search.page, 0, 0, 1_000_000),
    size: whole(search.size, 20, 1, 1000),
    ...(columns && columns.length > 0 && { columns }),
    density: search.density === 'compact' ? 'compact' : 'comfortable',
  }
}

/** Writes only what differs from the view's own choice, so that addresses stay short. */
export function writeListState(state: ListState, defaultSort: string): Search {
  return {
    ...(state.filter && { filter: state.filter }),
    ...(state.sort !== defaultSort && { sort: state.sort }),
    ...(state.page > 0 && { page: String(state.page) }),
    ...(state.size !== 20 && { size: String(state.size) }),
    ...(state.columns && { columns: state.columns.join(',') }),
    ...(state.density === 'compact' && { density: 'compact' }),
  }
}

/** What the server is asked for. */
export interface ListQuery {
  filter: string
  sort: string[]
  page: number
  size: number
}

/** @param within a term that the view always has. Several sort keys stand with a blank between them. */
export function toQuery(state: ListState, within?: string): ListQuery {
  return { filter: [within, state.filter].filter(Boolean).join(' '), sort: state.sort.split(' ').filter(Boolean), page: state.page, size: state.size }
}

export type SortDirection = 'ASC' | 'DESC' | 'NONE'

export function sortDirection(sort: string, field: string): SortDirection {
  const [name, direction] = (sort.split(' ')[0] ?? '').split(',')
  if (name !== field) return 'NONE'
  return direction === 'desc' ? 'DESC' : 'ASC'
}

/** Ascending, descending, then the view's own order again. */
export function nextSort(sort: string, field: string, defaultSort: string): string {
  const direction = sortDirection(sort, field)
  if (direction === 'NONE') return field
  return direction === 'ASC' ? `${field},desc` : defaultSort === `${field},desc` ? field : defaultSort
}

/** Plain `name=value` pairs, so that people can read and write addresses. */
export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text))
}

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value))
  }
  const out = parameters.toString()
  return out ? `?${out}` : ''
}
