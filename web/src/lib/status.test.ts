import { expect, it } from 'vitest'
import type { Notification } from '../api/types'
import { severityWord, toneOf } from './status'

it('every severity has a word of its own, and what is worse than a warning looks bad', () => {
  const severities: Notification['severity'][] = ['INFO', 'WARNING', 'ERROR', 'CRITICAL']
  expect(severities.map(severityWord)).toEqual(['Info', 'Warning', 'Error', 'Critical'])
  expect(severities.map(toneOf)).toEqual(['idle', 'warning', 'bad', 'bad'])
})
