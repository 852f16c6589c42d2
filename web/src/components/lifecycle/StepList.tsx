/** Steps of a process as a tree: one stop for the keyboard, arrows within, each with its state in words. */
import { CheckmarkFilled, CircleDash, CircleFilled, MisuseOutline, SubtractAlt, WarningAltFilled } from '@carbon/react/icons'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { StepFacts, StepState } from '../../lib/lifecycle'
import type { Step } from '../../lib/process'
import { toneOf, wordOf } from '../../lib/status'

const icons: Record<StepState, typeof CircleDash> = { STUCK: WarningAltFilled, AT: CircleFilled, DONE: CheckmarkFilled, ABORTED: MisuseOutline, AHEAD: CircleDash, LEFT_OUT: SubtractAlt }

interface Props {
  steps: readonly Step[]
  /** Of an instance; a process alone has none. */
  facts?: ReadonlyMap<string, StepFacts> | undefined
  selected: string | undefined
  select: (id: string) => void
}

const moves: Record<string, (at: number, last: number) => number> = {
  ArrowDown: (at, last) => Math.min(at + 1, last), ArrowUp: (at) => Math.max(at - 1, 0), Home: () => 0, End: (_, last) => last,
}

export function StepList({ steps, facts, selected, select }: Props) {
  const list = useRef<HTMLUListElement>(null)
  const at = Math.max(0, steps.findIndex((step) => step.id === selected))
  useEffect(() => {
    // Only the list moves, never the page.
    const [item, box] = [list.current?.children[at] as HTMLElement | undefined, list.current?.parentElement]
    if (!item || !box) return
    const top = item.getBoundingClientRect().top - box.getBoundingClientRect().top
    if (top < 0 || top + item.offsetHeight > box.clientHeight) box.scrollTop += top - box.clientHeight / 3
  }, [at])
  const move = (event: KeyboardEvent) => {
    const next = moves[event.key]?.(at, steps.length - 1)
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    select(steps[next]!.id)
    ;(list.current?.children[next] as HTMLElement | undefined)?.focus()
  }
  return (
    <ul ref={list} className="steps" role="tree" aria-label="Steps" onKeyDown={move}>
      {steps.map((step, index) => {
        const own = facts?.get(step.id)
        const Icon = own ? icons[own.state] : CircleDash
        const times = own?.visits.length ?? 0
        return (
          <li
            key={step.id}
            role="treeitem"
            aria-level={step.level}
            aria-selected={step.id === selected}
            {...(own && (own.state === 'AT' || own.state === 'STUCK') && { 'aria-current': 'step' as const })}
            tabIndex={index === at ? 0 : -1}
            data-level={Math.min(step.level, 4)}
            data-state={own?.state}
            onClick={() => select(step.id)}
          >
            <span className="status" data-tone={own ? toneOf(own.state) : 'idle'}><Icon size={16} aria-hidden /></span>
            <span className="steps-name">{step.name}<span className="note"> {step.name === step.kind ? '' : step.kind}{times > 1 ? `, ${times} times` : ''}</span></span>
            {own && <span className={own.state === 'AT' || own.state === 'STUCK' || own.state === 'ABORTED' ? 'steps-state' : 'visually-hidden'}>{wordOf(own.state)}</span>}
          </li>
        )
      })}
    </ul>
  )
}
