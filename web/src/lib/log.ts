/** The end of a log as it grows, and where a word stands in it. */

export interface LogTail {
  text: string
  /** Byte from which the next piece is asked for. */
  offset: number
  /** Whether earlier lines were left out to keep the page quick. */
  cut: boolean
}

export const emptyTail: LogTail = { text: '', offset: 0, cut: false }

/** Characters that are kept: a browser lays out so much at once without a pause. */
export const keptCharacters = 1_000_000

/** Adds a piece; above the limit the oldest whole lines go. */
export function appended(tail: LogTail, text: string, bytes: number, most = keptCharacters): LogTail {
  const whole = tail.text + text
  const offset = tail.offset + bytes
  if (whole.length <= most) return { text: whole, offset, cut: tail.cut }
  const from = whole.indexOf('\n', whole.length - most)
  return { text: whole.slice(from < 0 ? whole.length - most : from + 1), offset, cut: true }
}

/** Where the word begins, at most `most` times, without regard to case. */
export function places(text: string, word: string, most = 500): number[] {
  const found: number[] = []
  const low = text.toLowerCase()
  const sought = word.toLowerCase()
  if (sought === '') return found
  for (let at = low.indexOf(sought); at >= 0 && found.length < most; at = low.indexOf(sought, at + sought.length)) found.push(at)
  return found
}
