import { describe, expect, it } from 'vitest'
import { nextSort, parseSearch, readListState, sortDirection, stringifySearch, toQuery, writeListState } from './listState'

describe('list state in the address', () => {
  it('survives the way into the address and back', () => {
    const state = { filter: 'tag.team=risk name~"a b" 50%&x', sort: 'name,desc', page: 3, size: 50, columns: ['name', 'type'], density: 'compact' as const }
    const search = parseSearch(stringifySearch(writeListState(state, 'updated,desc')).slice(1))
    expect(readListState(search, 'updated,desc')).toEqual(state)
  })
  it('writes nothing for the usual view', () => {
    expect(stringifySearch(writeListState(readListState({}, 'name'), 'name'))).toBe('')
  })
  it.each([['-1'], ['1.5'], ['abc'], ['']])('takes page %s as absent', (page) => {
    expect(readListState({ page }, 'name').page).toBe(0)
  })
  it('keeps sizes within what the server knows', () => {
    expect(readListState({ size: '0' }, 'name').size).toBe(20)
    expect(readListState({ size: '1001' }, 'name').size).toBe(20)
    expect(readListState({ size: '1000' }, 'name').size).toBe(1000)
  })
  it('sorts up, down, then as usual', () => {
    expect(nextSort('updated,desc', 'name', 'updated,desc')).toBe('name')
    expect(nextSort('name', 'name', 'updated,desc')).toBe('name,desc')
    expect(nextSort('name,desc', 'name', 'updated,desc')).toBe('updated,desc')
    expect(nextSort('updated,desc', 'updated', 'updated,desc')).toBe('updated')
    expect(sortDirection('name,desc', 'name')).toBe('DESC')
    expect(sortDirection('name', 'type')).toBe('NONE')
  })
})

describe('what the server is asked for', () => {
  it('keeps a term of the view out of the filter line and splits the order into its keys', () => {
    const state = { filter: 'open:true', sort: 'open,desc created', page: 1, size: 20, density: 'comfortable' as const }
    expect(toQuery(state, 'type:A')).toEqual({ filter: 'type:A open:true', sort: ['open,desc', 'created'], page: 1, size: 20 })
    expect(toQuery({ ...state, filter: '' }).filter).toBe('')
    expect(sortDirection(state.sort, 'open')).toBe('DESC')
    expect(sortDirection(state.sort, 'created')).toBe('NONE')
  })
})
