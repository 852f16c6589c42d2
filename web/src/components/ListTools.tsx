/** Above a list: the filter line with completion, facets that count, and what is shown how. */
import { MenuButton, MenuItem, MenuItemDivider, MenuItemRadioGroup, MenuItemSelectable, Search } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import type { Collection } from '../api/paths'
import { listQuery } from '../api/queries'
import { completions, hasTerm, toggleTerm } from '../lib/filter'
import type { Density, ListState } from '../lib/listState'

/** A filter term that many people want, by its word. */
export interface Facet {
  label: string
  term: string
  /** The order in which it is wanted. */
  sort?: string
}

interface Props {
  collection: Collection
  noun: string
  columns: readonly { id: string; header: string; optional?: boolean }[]
  fields: readonly string[]
  facets?: Facet[]
  within?: string
  state: ListState
  defaultSort: string
  change: (part: Partial<ListState>) => void
}

export function ListTools({ collection, noun, columns, fields, facets, within, state, change, defaultSort }: Props) {
  const list = useId()
  const [text, setText] = useState(state.filter)
  const sent = useRef(state.filter)
  useEffect(() => {
    // The address changed by other means (a facet, the back button): show it.
    if (state.filter !== sent.current) {
      sent.current = state.filter
      setText(state.filter)
    }
  }, [state.filter])
  useEffect(() => {
    if (text.trim() === sent.current) return undefined
    const timer = setTimeout(() => {
      sent.current = text.trim()
      change({ filter: text.trim() })
    }, 400)
    return () => clearTimeout(timer)
  })
  return (
    <>
      <div className="list-tools">
        <Search
          className="list-filter"
          size="md"
          labelText={`Filter ${noun}`}
          placeholder={`Filter, for example ${example(fields)}`}
          value={text}
          {...{ list }}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
          onClear={() => setText('')}
        />
        <datalist id={list}>
          {completions(text, [...fields, 'group', 'created', 'updated', 'createdBy']).map((option) => <option key={option} value={option} />)}
        </datalist>
        <ViewMenu columns={columns} state={state} change={change} />
      </div>
      {facets && facets.length > 0 && (
        <div className="facets" role="group" aria-label={`Often wanted ${noun}`}>
          {facets.map((facet) => <FacetButton key={facet.term} collection={collection} facet={facet} within={within} state={state} change={change} defaultSort={defaultSort} />)}
        </div>
      )}
    </>
  )
}

function example(fields: readonly string[]): string {
  if (fields.includes('status')) return 'status:ERROR updated>7d'
  if (fields.includes('tag')) return 'tag.team=risk updated>7d'
  return 'updated>7d "free text"'
}

/** A facet brings its order and takes it away again. */
function sorted(facet: Facet, state: ListState, defaultSort: string): Partial<ListState> {
  if (!facet.sort) return {}
  if (!hasTerm(state.filter, facet.term)) return { sort: facet.sort }
  return state.sort === facet.sort ? { sort: defaultSort } : {}
}

function FacetButton({ collection, facet, within, state, change, defaultSort }: { collection: Collection; facet: Facet; within: string | undefined; state: ListState; change: Props['change']; defaultSort: string }) {
  const { data } = useQuery({ ...listQuery<unknown>(collection, { filter: [within, facet.term].filter(Boolean).join(' '), size: 1 }), staleTime: 15_000 })
  const count = data?.page.totalElements
  return (
    <button type="button" aria-pressed={hasTerm(state.filter, facet.term)} onClick={() => change({ filter: toggleTerm(state.filter, facet.term), ...sorted(facet, state, defaultSort) })}>
      {facet.label}
      {count !== undefined && count >= 0 && ` ${count.toLocaleString('en')}`}
    </button>
  )
}

const densities: Density[] = ['comfortable', 'compact']

function ViewMenu({ columns, state, change }: Pick<Props, 'columns' | 'state' | 'change'>) {
  const shown = state.columns ?? columns.filter((column) => !column.optional).map((column) => column.id)
  const first = columns[0]?.id
  // Carbon puts menus at the end of the document; within `main` they belong to a landmark.
  const within = document.getElementById('main-content')
  const toggle = (id: string, on: boolean) => {
    const wanted = new Set(on ? [...shown, id] : shown.filter((one) => one !== id))
    change({ columns: columns.map((column) => column.id).filter((one) => wanted.has(one) || one === first), page: state.page })
  }
  return (
    <MenuButton label="View" kind="tertiary" size="md" menuAlignment="bottom-end" {...(within && { menuTarget: within })}>
      {columns.filter((column) => column.id !== first).map((column) => (
        <MenuItemSelectable key={column.id} label={column.header} selected={shown.includes(column.id)} onChange={(on) => toggle(column.id, on === true)} />
      ))}
      <MenuItemDivider />
      <MenuItemRadioGroup
        label="Density"
        items={densities}
        selectedItem={state.density}
        itemToString={(item) => (item === 'compact' ? 'Compact rows' : 'Comfortable rows')}
        onChange={(density) => change({ density: density === 'compact' ? 'compact' : 'comfortable', page: state.page })}
      />
      <MenuItemDivider />
      <MenuItem label="Back to the usual view" onClick={() => change({ columns: undefined, density: 'comfortable', page: state.page } as Partial<ListState>)} />
    </MenuButton>
  )
}
