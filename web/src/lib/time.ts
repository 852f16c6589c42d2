/** Times and durations in words. */

const steps: [limit: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [60, 'second', 1],
  [3_600, 'minute', 60],
  [86_400, 'hour', 3_600],
  [86_400 * 30, 'day', 86_400],
  [86_400 * 365, 'month', 86_400 * 30],
  [Infinity, 'year', 86_400 * 365],
]

/** "40 seconds ago", "in 3 minutes", "just now". */
export function ago(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000)
  if (Math.abs(seconds) < 5) return 'just now'
  const [, unit, length] = steps.find(([limit]) => Math.abs(seconds) < limit) ?? steps[5]!
  const count = Math.trunc(Math.abs(seconds) / length)
  const words = `${count} ${unit}${count === 1 ? '' : 's'}`
  return seconds < 0 ? `${words} ago` : `in ${words}`
}

/** "2 min 14 s", "1 h 3 min", "420 ms". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`
  const days = Math.floor(hours / 24)
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`
}

/** The exact instant, in the reader's zone. */
export function exact(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' })
}

/** Day and time to the second, in the reader's zone: for moments that lie close together. */
export function clock(at: number): string {
  return new Date(at).toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' })
}

/** Day and time to the minute. */
export function clockOf(at: number): string {
  return new Date(at).toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' })
}

/** Sizes in MiB, small ones in bytes or KiB. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`
  const mebibytes = bytes / 1024 / 1024
  return `${mebibytes < 100 ? mebibytes.toFixed(1) : Math.round(mebibytes).toLocaleString('en')} MiB`
}

/** Milliseconds of an ISO text or of epoch milliseconds; nothing when it is no time. */
export function instant(at: string | number | undefined): number | undefined {
  if (at === undefined) return undefined
  const value = typeof at === 'number' ? at : Date.parse(at)
  return Number.isFinite(value) ? value : undefined
}

/** Long texts keep their ends: the start says what it is, the end which one. */
export function shorten(text: string, most = 36): string {
  if (text.length <= most) return text
  const head = Math.ceil((most - 1) / 2)
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`
}
