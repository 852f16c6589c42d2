/** A header button that opens a small panel below it; closes with Escape, a click elsewhere or when focus leaves. */
import { HeaderGlobalAction } from '@carbon/react'
import { type ReactNode, useEffect, useRef, useState } from 'react'

export function HeaderMenu({ label, icon, children }: { label: string; icon: ReactNode; children: (close: () => void) => ReactNode }) {
  const [open, setOpen] = useState(false)
  const holder = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return undefined
    const elsewhere = (event: Event) => {
      if (event.target instanceof Node && !holder.current?.contains(event.target)) setOpen(false)
    }
    document.addEventListener('pointerdown', elsewhere)
    document.addEventListener('focusin', elsewhere)
    return () => {
      document.removeEventListener('pointerdown', elsewhere)
      document.removeEventListener('focusin', elsewhere)
    }
  }, [open])
  return (
    <div
      ref={holder}
      className="frame-menu-holder"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return
        setOpen(false)
        holder.current?.querySelector('button')?.focus()
      }}
    >
      <HeaderGlobalAction aria-label={label} aria-expanded={open} isActive={open} tooltipAlignment="end" onClick={() => setOpen((was) => !was)}>
        {icon}
      </HeaderGlobalAction>
      {open && <div className="frame-menu-panel" role="region" aria-label={label}>{children(() => setOpen(false))}</div>}
    </div>
  )
}
