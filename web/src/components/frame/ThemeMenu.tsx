import { Asleep, Checkmark, Laptop, Light } from '@carbon/react/icons'
import { useSyncExternalStore } from 'react'
import { setTheme, subscribeTheme, themeChoice, type ThemeChoice } from '../../lib/theme'
import { HeaderMenu } from './HeaderMenu'

const choices: [ThemeChoice, string, typeof Light][] = [
  ['light', 'Light', Light],
  ['dark', 'Dark', Asleep],
  ['system', 'As the system', Laptop],
]

export function ThemeMenu() {
  const chosen = useSyncExternalStore(subscribeTheme, themeChoice)
  const Icon = choices.find(([choice]) => choice === chosen)?.[2] ?? Light
  return (
    <HeaderMenu label="Theme" icon={<Icon size={20} />}>
      {(close) => choices.map(([choice, label, One]) => (
        <button
          key={choice}
          type="button"
          className="frame-menu-item"
          aria-pressed={choice === chosen}
          onClick={() => {
            setTheme(choice)
            close()
          }}
        >
          <One size={16} aria-hidden /> {label} {choice === chosen && <Checkmark size={16} aria-hidden />}
        </button>
      ))}
    </HeaderMenu>
  )
}
