/** Light, dark, or as the system says; kept in the browser. */
export type ThemeChoice = 'light' | 'dark' | 'system'

const key = 'slipway-theme'
const dark = () => window.matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

export function themeChoice(): ThemeChoice {
  const kept = localStorage.getItem(key)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

function apply(): void {
  const choice = themeChoice()
  document.documentElement.dataset.theme = choice === 'system' ? (dark().matches ? 'dark' : 'light') : choice
}

export function setTheme(choice: ThemeChoice): void {
  if (choice === 'system') localStorage.removeItem(key)
  else localStorage.setItem(key, choice)
  apply()
  listeners.forEach((listener) => listener())
}

export function subscribeTheme(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Applies the choice, and follows the system while that is the choice. */
export function startTheme(): void {
  apply()
  dark().addEventListener('change', apply)
  window.addEventListener('storage', apply)
}
