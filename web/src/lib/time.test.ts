import { expect, it } from 'vitest'
import { ago, duration, instant, shorten, size } from './time'

const now = Date.parse('2026-11-25T19:00:00Z')

it.each([
  [0, 'just now'], [-40_000, '40 seconds ago'], [-60_000, '1 minute ago'], [-59 * 60_000, '59 minutes ago'], [-3_600_000, '1 hour ago'],
  [-26 * 3_600_000, '1 day ago'], [-40 * 86_400_000, '1 month ago'], [-800 * 86_400_000, '2 years ago'], [120_000, 'in 2 minutes'],
])('%i ms from now is %s', (offset, words) => expect(ago(now + offset, now)).toBe(words))

it.each([
  [420, '420 ms'], [1_000, '1 s'], [59_600, '1 min'], [134_000, '2 min 14 s'], [3_780_000, '1 h 3 min'], [7_200_000, '2 h'], [180_000_000, '2 d 2 h'],
])('%i ms lasts %s', (ms, words) => expect(duration(ms)).toBe(words))

it('tells sizes in MiB, small ones smaller', () => {
  expect([size(1), size(1023), size(1536), size(16 * 1024 * 1024)]).toEqual(['1 byte', '1023 bytes', '1.5 KiB', '16.0 MiB'])
})
it('shortens in the middle', () => {
  expect(shorten('arn:aws:sagemaker:us-east-2:123456789012:model/fraud', 20)).toHaveLength(20)
  expect(shorten('short', 20)).toBe('short')
})
it('reads ISO texts and epoch milliseconds, and nothing else', () => {
  expect(instant('2026-11-25T19:00:00.000Z')).toBe(now)
  expect(instant(now)).toBe(now)
  expect(instant('yesterday')).toBeUndefined()
})
