/** The text of a program as Python reads it: by its byte order mark, else by the encoding that its first two lines declare (PEP 263), else as UTF-8. */
export interface SourceText {
  text: string
  /** Why it is no text, without the name of the file; then `text` is empty. */
  fault?: string
}

const declaration = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/
const blank = /^[ \t\f]*(#.*)?$/

/** As its first two lines write it; nothing where they do not. The second one counts only behind a comment or nothing. */
function declared(bytes: Uint8Array): string | undefined {
  const front = Array.from(bytes.subarray(0, 4096), (byte) => String.fromCharCode(byte)).join('')
  const [first = '', second = ''] = front.split(/\r\n|\r|\n/, 2)
  return (declaration.exec(first) ?? (blank.test(first) ? declaration.exec(second) : null))?.[1]
}

/** 0x80 to 0x9f of Windows-1252; a blank where it has no character. */
const ofWindows = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'

function line(bytes: Uint8Array, end: number): number {
  return bytes.subarray(0, end).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 1)
}

const strange = (at: number, name: string | undefined): SourceText => ({
  text: '',
  fault: name === undefined
    ? `line ${at} is no UTF-8: say in its first line how it is written, as in # -*- coding: latin-1 -*-, or save it as UTF-8.`
    : `line ${at} is no ${name}: its first lines say another encoding than it has.`,
})

function byBytes(bytes: Uint8Array, name: string, character: (byte: number) => string): SourceText {
  const all: string[] = []
  for (const [at, byte] of bytes.entries()) {
    const one = character(byte)
    if (one === '') return strange(line(bytes, at), name)
    all.push(one)
  }
  return { text: all.join('') }
}

/** @param name as it was declared; nothing where nothing was. */
function byDecoder(bytes: Uint8Array, decoder: TextDecoder, name: string | undefined): SourceText {
  let text = ''
  let lines = 1
  try {
    for (let begin = 0; begin < bytes.length; lines += 1) {
      const end = bytes.indexOf(10, begin)
      const next = end < 0 ? bytes.length : end + 1
      text += decoder.decode(bytes.subarray(begin, next), { stream: next < bytes.length })
      begin = next
    }
    return { text }
  } catch {
    return strange(lines, name)
  }
}

function decoderOf(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label, { fatal: true })
  } catch {
    return undefined
  }
}

function decode(bytes: Uint8Array): SourceText {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return byDecoder(bytes, new TextDecoder('utf-16le', { fatal: true }), 'UTF-16')
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return byDecoder(bytes, new TextDecoder('utf-16be', { fatal: true }), 'UTF-16')
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const name = marked ? undefined : declared(bytes)
  const label = (name ?? 'utf-8').toLowerCase().replaceAll('_', '-')
  if (/^(utf-?8(-sig)?|(us-)?ascii)$/.test(label)) return byDecoder(bytes, new TextDecoder('utf-8', { fatal: true }), name)
  if (/^(latin-?1|l1|iso-?8859-1|8859|cp819)$/.test(label)) return { text: Array.from(bytes, (byte) => String.fromCharCode(byte)).join('') }
  if (/^(cp-?1252|windows-1252)$/.test(label)) return byBytes(bytes, name!, (byte) => (byte < 0x80 || byte > 0x9f ? String.fromCharCode(byte) : ofWindows[byte - 0x80]!.trim()))
  const decoder = decoderOf(label.replace(/^latin-?9$/, 'iso-8859-15').replace(/^iso8859-/, 'iso-8859-'))
  return decoder ? byDecoder(bytes, decoder, name) : { text: '', fault: `it says that it is written in ${name}, which is not read here: save it as UTF-8, and say so in that line.` }
}

const known = new WeakMap<Uint8Array, SourceText>()

/** Read once, however often it is asked for. */
export function sourceText(bytes: Uint8Array): SourceText {
  const found = known.get(bytes) ?? decode(bytes)
  known.set(bytes, found)
  return found
}
