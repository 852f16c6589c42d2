import { expect, it } from 'vitest'
import { completions, hasTerm, quote, terms, toggleTerm } from './filter'

it('splits at blanks outside quotes', () => {
  expect(terms('status:ERROR  name~"a b" "free text"')).toEqual(['status:ERROR', 'name~"a b"', '"free text"'])
})
it('adds a term, replaces one of the same field, takes it away again', () => {
  expect(toggleTerm('updated>7d', 'status:ERROR')).toBe('updated>7d status:ERROR')
  expect(toggleTerm('status:RUNNING x', 'status:ERROR')).toBe('x status:ERROR')
  expect(toggleTerm('x status:ERROR', 'status:ERROR')).toBe('x')
  expect(hasTerm('x status:ERROR', 'status:ERROR')).toBe(true)
  expect(hasTerm('status:ERROR,RUNNING', 'status:ERROR')).toBe(false)
})
it('quotes what has blanks, and cannot be broken out of', () => {
  expect(quote('fraud-xgb')).toBe('fraud-xgb')
  expect(quote('a b')).toBe('"a b"')
  expect(quote('a" status:x')).toBe('"a status:x"')
})
it('completes the last word', () => {
  expect(completions('type:SAGEMAKER na', ['name', 'type', 'tag'])).toEqual(['type:SAGEMAKER name:'])
  expect(completions('-t', ['name', 'type', 'tag'])).toEqual(['-type:', '-tag.'])
  expect(completions('type:S', ['type'])).toEqual([])
})
