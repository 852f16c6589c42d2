/** A short list of related objects inside a page, with a link to the whole list. */
import { SkeletonText } from '@carbon/react'
import type { UseQueryResult } from '@tanstack/react-query'
import type { Listing } from '../api/types'
import { InLink } from './text'
import { cellClass, type ListColumn } from './ListView'
import { ProblemView } from './views'

interface Props<T> {
  label: string
  query: UseQueryResult<Listing<T>>
  columns: ListColumn<T>[]
  only: readonly string[]
  href?: (row: T) => string | undefined
  nothing: string
  all?: string
}

export function RelatedTable<T extends { id: string }>({ label, query, columns, only, href, nothing, all }: Props<T>) {
  if (query.isError) return <ProblemView error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <SkeletonText paragraph lineCount={3} />
  const { items, page } = query.data
  if (items.length === 0) return <p className="note">{nothing}</p>
  const shown = only.flatMap((id) => columns.find((column) => column.id === id) ?? [])
  return (
    <div className="table-scroll" role="region" aria-label={label} tabIndex={0}>
      <table className="plain-table" aria-label={label}>
        <thead>
          <tr>{shown.map((column) => <th key={column.id} scope="col">{column.header}</th>)}</tr>
        </thead>
        <tbody>
          {items.map((row) => {
            const address = href?.(row)
            return (
              <tr key={row.id}>
                {shown.map((column, index) => (index === 0
                  ? <th key={column.id} scope="row">{address ? <a className="cds--link" href={address}>{column.cell(row)}</a> : column.cell(row)}</th>
                  : <td key={column.id} data-label={column.header} className={cellClass(column)}>{column.cell(row)}</td>))}
              </tr>
            )
          })}
        </tbody>
      </table>
      {!all && page.totalElements > items.length && <p className="note">The first {items.length.toLocaleString('en')} of {page.totalElements.toLocaleString('en')}.</p>}
      {all && page.totalElements > items.length && <p className="note"><InLink href={all}>All {page.totalElements.toLocaleString('en')}</InLink></p>}
    </div>
  )
}
