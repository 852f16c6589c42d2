/** Several words in one line of text: separated by commas, those that have a comma or a quote themselves in quotes, as in a spreadsheet's file. */

const plain = (word: string): boolean => word === word.trim() && word !== '' && !/[",\n]/.test(word)

/** `['a b', 'x, y']` → `a b, "x, y"`. */
export const joinWords = (words: readonly string[]): string => words.map((word) => (plain(word) ? word : `"${word.replaceAll('"', '""')}"`)).join(', ')

/** The words of such a line, each once; blanks around them do not count, those inside do. */
export function splitWords(text: string): string[] {
  const words = [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"\s*(?=[,\n]|$)|([^,\n]*))(?:[,\n]|$)/g)].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare?.trim() ?? '')
  return [...new Set(words.filter((word) => word !== ''))]
}

export const sameWords = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((word, index) => word === b[index])
