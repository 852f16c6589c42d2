/** Ctrl K: go to a page, a model or a job by typing part of its name. */
import { Modal, Search as SearchField } from '@carbon/react'
import { Search as SearchIcon } from '@carbon/react/icons'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useId, useState } from 'react'
import { listQuery } from '../../api/queries'
import type { Runtime, StoredModel } from '../../api/types'
import { quote } from '../../lib/filter'
import { to } from '../../lib/links'
import { useDelayed } from '../hooks'
import { openTo } from './places'

export function PaletteButton({ open }: { open: () => void }) {
  return (
    <button type="button" className="frame-find" onClick={open} aria-label="Find a page or an object (Ctrl K)">
      <SearchIcon size={16} aria-hidden /> <span aria-hidden>Find</span> <kbd aria-hidden>Ctrl K</kbd>
    </button>
  )
}

interface Choice {
  label: string
  kind: string
  href: string
}

function useChoices(text: string, admin: boolean): Choice[] {
  const word = useDelayed(text.trim(), 200)
  const filter = word ? `name~${quote(word)}` : ''
  const models = useQuery({ ...listQuery<StoredModel>('storedModels', { filter, size: 6 }), enabled: word !== '' })
  const runtimes = useQuery({ ...listQuery<Runtime>('runtimes', { filter, size: 4 }), enabled: word !== '' })
  const places = openTo(admin).flatMap((group) => group.places.map((place) => ({ label: place.label, kind: 'Page', href: `#${place.path}` })))
  const all = [...places, { label: 'Add Business Model', kind: 'Action', href: to.addModel() }]
  const fitting = all.filter((choice) => choice.label.toLowerCase().includes(text.trim().toLowerCase()))
  if (!word) return fitting
  return [
    ...fitting,
    ...(models.data?.items ?? []).map((model) => ({ label: model.modelMetaData.name ?? model.id, kind: 'Business model', href: to.model(model.id) })),
    ...(runtimes.data?.items ?? []).map((runtime) => ({ label: runtime.name, kind: 'Runtime', href: to.runtime(runtime.id) })),
  ]
}

export function CommandPalette({ admin, close }: { admin: boolean; close: () => void }) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const choices = useChoices(text, admin)
  const chosen = Math.min(at, choices.length - 1)
  const go = (choice: Choice | undefined) => {
    if (!choice) return
    window.location.hash = choice.href
    close()
  }
  const key = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, choices.length - 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0))
    else if (event.key === 'Enter') go(choices[chosen])
    else if (event.key === 'Escape') close()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <Modal open passiveModal className="frame-palette" modalHeading="Go to" modalAriaLabel="Go to" onRequestClose={close} selectorPrimaryFocus="input">
      <SearchField
        labelText="Page, business model or runtime"
        placeholder="Page, business model or runtime"
        value={text}
        role="combobox"
        aria-expanded={choices.length > 0}
        aria-controls={list}
        aria-activedescendant={choices.length > 0 ? `${list}-${chosen}` : undefined}
        autoComplete="off"
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={key}
      />
      {choices.length > 0 ? (
        <ul id={list} role="listbox" aria-label="Places">
          {choices.map((choice, index) => (
            <li key={choice.href + choice.kind} id={`${list}-${index}`} role="option" aria-selected={index === chosen} onClick={() => go(choice)} onMouseMove={() => setAt(index)}>
              {choice.label} <span>{choice.kind}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="note" role="status">Nothing by that name.</p>
      )}
    </Modal>
  )
}
