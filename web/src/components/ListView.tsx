/** A collection as a table: filter, facets, sort, columns, density and paging, all of it in the address. */
import { DataTableSkeleton, Pagination, Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { columnVisibilityFeature, tableFeatures, useTable, type ColumnDef } from '@tanstack/react-table'
import { type MouseEvent, type ReactNode, useMemo } from 'react'
import { ApiError } from '../api/client'
import { listQuery } from '../api/queries'
import { type Collection, home, registry } from '../api/paths'
import { type Commands, listCommands } from '../lib/commands'
import { type ListState, nextSort, pageSizes, readListState, type Search, sortDirection, toQuery, writeListState } from '../lib/listState'
import { useNarrow } from './hooks'
import { type Facet, ListTools } from './ListTools'
import { CommandLines, Empty, ProblemView } from './views'

export interface ListColumn<T> {
  id: string
  header: string
  cell: (row: T) => ReactNode
  /** Name by which the server sorts; absent means it cannot. */
  sort?: string
  /** Hidden until chosen. */
  optional?: boolean
  /** Stays on narrow screens. */
  lead?: boolean
  number?: boolean
  /** Names without blanks, of endpoints and such: they may break anywhere. */
  long?: boolean
}

/** The class of a column's cells. */
export const cellClass = ({ number, long }: Pick<ListColumn<never>, 'number' | 'long'>): string | undefined => (number ? 'number' : long ? 'long' : undefined)

export interface ListViewProps<T> {
  collection: Collection
  /** What it is called in sentences: `jobs`. */
  noun: string
  /** A term that every row fits: it is not in the filter line. */
  within?: string
  /** What each row carries besides itself, so that one request fills a page. */
  projection?: 'summary'
  columns: ListColumn<T>[]
  defaultSort: string
  /** Fields that the filter knows. */
  fields: readonly string[]
  facets?: Facet[]
  empty: ReactNode
  /** Where a row leads; nothing for rows that open nothing. */
  href?: (row: T) => string | undefined
  name: (row: T) => string
}

const features = tableFeatures({ columnVisibilityFeature })

/** The list's state in the address, and how to change it. */
export function useListState(defaultSort: string): [ListState, (change: Partial<ListState>) => void] {
  const search = useSearch({ strict: false }) as Search
  const navigate = useNavigate()
  const state = readListState(search, defaultSort)
  const change = (part: Partial<ListState>) => {
    const next = { ...state, ...part, page: part.page ?? 0 }
    void navigate({ to: '.', search: writeListState(next, defaultSort) as never, replace: part.filter !== undefined })
  }
  return [state, change]
}

export function ListView<T extends { id: string }>(props: ListViewProps<T>) {
  const [state, change] = useListState(props.defaultSort)
  const narrow = useNarrow()
  const query = useQuery(listQuery<T>(props.collection, { ...toQuery(state, props.within), projection: props.projection }))
  const commands: Commands = listCommands(home, props.collection, `${registry}/${props.collection}`, toQuery(state, props.within))
  const items = query.data?.items ?? []
  const total = query.data?.page.totalElements ?? 0
  const nothing = query.isSuccess && total === 0 && !state.filter
  if (nothing) return <>{props.empty}<CommandLines commands={commands} /></>
  return (
    <>
      <ListTools {...props} state={state} change={change} />
      {query.isError && <ProblemView error={query.error} {...(!refused(query.error) && { retry: () => void query.refetch() })} />}
      {query.isPending && <DataTableSkeleton showHeader={false} showToolbar={false} columnCount={narrow ? 1 : 5} rowCount={8} aria-label={`Loading ${props.noun}`} />}
      {query.isSuccess && total === 0 && (
        <Empty title={`No ${props.noun} fit this filter`} action={<button type="button" className="cds--btn cds--btn--tertiary cds--btn--md" onClick={() => change({ filter: '' })}>Clear the filter</button>}>
          Take a term away, or look at what the filter language knows by typing the beginning of a word.
        </Empty>
      )}
      {items.length > 0 && (narrow ? <NarrowList {...props} items={items} /> : <WideTable {...props} items={items} state={state} change={change} />)}
      {total > 0 && query.data && (
        <Pagination
          page={query.data.page.number + 1}
          pageSize={query.data.page.size}
          pageSizes={pageSizes.includes(query.data.page.size) ? pageSizes : [...pageSizes, query.data.page.size].sort((a, b) => a - b)}
          totalItems={total}
          size="md"
          onChange={({ page, pageSize }) => change({ page: pageSize === state.size ? page - 1 : 0, size: pageSize })}
        />
      )}
      <CommandLines commands={commands} />
    </>
  )
}

/** Asking the same again would be refused the same. */
const refused = (error: unknown): boolean => error instanceof ApiError && error.status < 500 && error.status !== 429

/** Opens a row as its link would: a click anywhere, in a new tab with Ctrl. Links and buttons inside keep their own meaning. */
function openRow(event: MouseEvent, address: string | undefined): void {
  if (!address || (event.target instanceof Element && event.target.closest('a, button, input, label'))) return
  if (window.getSelection()?.toString()) return
  if (event.ctrlKey || event.metaKey || event.button === 1) window.open(address, '_blank', 'noopener')
  else window.location.hash = address
}

type Shown<T> = ListViewProps<T> & { items: T[] }

function WideTable<T extends { id: string }>(props: Shown<T> & { state: ListState; change: (part: Partial<ListState>) => void }) {
  const { columns, items, state, change, href, defaultSort } = props
  const definitions = useMemo<ColumnDef<typeof features, T>[]>(() => columns.map(({ id, header }) => ({ id, header })), [columns])
  const columnVisibility = Object.fromEntries(columns.map(({ id, optional }) => [id, state.columns ? state.columns.includes(id) : !optional]))
  const table = useTable({ features, columns: definitions, data: items, getRowId: (row) => row.id, state: { columnVisibility } })
  const byId = new Map(columns.map((column) => [column.id, column]))
  const shown = table.getVisibleLeafColumns().flatMap((column) => byId.get(column.id) ?? [])
  return (
    <div className="table-scroll">
      <Table size={state.density === 'compact' ? 'sm' : 'lg'} aria-label={props.noun}>
        <TableHead>
          <TableRow>
            {shown.map((column) => (
              <TableHeader
                key={column.id}
                id={`head-${column.id}`}
                isSortable={column.sort !== undefined}
                isSortHeader={column.sort !== undefined && sortDirection(state.sort, column.sort) !== 'NONE'}
                sortDirection={column.sort ? sortDirection(state.sort, column.sort) : 'NONE'}
                onClick={() => column.sort && change({ sort: nextSort(state.sort, column.sort, defaultSort) })}
              >
                {column.header}
              </TableHeader>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {table.getRowModel().rows.map((row) => {
            const address = href?.(row.original)
            return (
              <TableRow key={row.id} onClick={(event: MouseEvent) => openRow(event, address)} onAuxClick={(event: MouseEvent) => openRow(event, address)}>
                {shown.map((column, index) => (
                  <TableCell key={column.id} className={cellClass(column) ?? ''}>
                    {index === 0 && address ? <a className="cds--link" href={address}>{column.cell(row.original)}</a> : column.cell(row.original)}
                  </TableCell>
                ))}
              </TableRow>
            )
          })}
        </TableBody>
      </Table>
    </div>
  )
}

function NarrowList<T extends { id: string }>({ items, columns, href, noun }: Shown<T>) {
  const [first, ...rest] = columns
  const lead = rest.filter((column) => column.lead)
  return (
    <ul className="narrow-list" aria-label={noun}>
      {items.map((row) => {
        const address = href?.(row)
        return (
          <li key={row.id}>
            {address ? <a className="cds--link" href={address}>{first?.cell(row)}</a> : first?.cell(row)}
            {lead.map((column) => {
              const cell = column.cell(row)
              return cell === null || cell === undefined || cell === '' ? null : (
                <div key={column.id} className="row">
                  <span className="note">{column.header}</span>
                  <span>{cell}</span>
                </div>
              )
            })}
          </li>
        )
      })}
    </ul>
  )
}
