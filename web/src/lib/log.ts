/** The end of a log as it grows, and where a word stands in it. */

export interface LogPiece {
  text: string
  /** Bytes of the log at which it begins, and at which the next begins: control characters are shown as others, so that the text does not tell. */
  from: number
  next: number
  /** Whether more came than the server keeps. */
  truncated: boolean
}

export interface LogTail {
  text: string
  /** Byte from which the next piece is asked for. */
  offset: number
  /** Whether earlier lines were left out to keep the page quick. */
  cut: boolean
  truncated: boolean
}

export const emptyTail: LogTail = { text: '', offset: 0, cut: false, truncated: false }

/** Characters that are kept: a browser lays out so much at once without a pause. */
export const keptCharacters = 1_000_000

/** Adds a piece; above the limit the oldest whole lines go. */
export function appended(tail: LogTail, piece: LogPiece, most = keptCharacters): LogTail {
  const whole = tail.text + piece.text
  const after = { offset: piece.next, cut: tail.cut || (tail.offset === 0 && piece.from > 0), truncated: piece.truncated }
  if (whole.length <= most) return { ...after, text: whole }
  const from = whole.indexOf('\n', whole.length - most)
  return { ...after, text: whole.slice(from < 0 ? whole.length - most : from + 1), cut: true }
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
