/** The picture of a process. All that it says stands in the outline beside it too, which is for keyboards and screen readers. */
import { Button, SkeletonPlaceholder } from '@carbon/react'
import { CenterToFit, ZoomIn, ZoomOut } from '@carbon/react/icons'
import { useEffect, useRef, useState } from 'react'
import type { StepState } from '../../lib/lifecycle'
import { wordOf } from '../../lib/status'
import type { NavigatedViewer } from './viewer'

export interface Mark {
  state: StepState
  /** How many are here at once. */
  tokens: number
}

interface Props {
  xml: string
  label: string
  marks: ReadonlyMap<string, Mark>
  /** Flows that were taken. */
  taken: readonly string[]
  selected: string | undefined
  select: (id: string) => void
  /** What is shown first, when not all of it can be read at once. */
  focus: string | undefined
}

type Viewer = InstanceType<typeof NavigatedViewer>
interface Shape { id: string; labelTarget?: Shape; parent?: Shape }
interface Canvas {
  zoom: (scale?: number | 'fit-viewport', center?: 'auto') => number
  addMarker: (id: string, name: string) => void
  removeMarker: (id: string, name: string) => void
  scrollToElement: (id: string, padding?: number) => void
}
interface Overlays {
  add: (id: string, kind: string, overlay: { position: object; html: HTMLElement }) => string
  remove: (filter: { type: string }) => void
}

/** Smaller than this nobody reads the words. */
const readable = 0.75
const kind = 'life'

const options = (container: HTMLElement) => ({
  container,
  // Properties of the theme, so that a change of theme needs no new picture.
  bpmnRenderer: { defaultFillColor: 'var(--life-fill)', defaultStrokeColor: 'var(--life-stroke)', defaultLabelColor: 'var(--life-label)' },
  textRenderer: { defaultStyle: { fontFamily: "'IBM Plex Sans', sans-serif", fontSize: 12 }, externalStyle: { fontSize: 12 } },
  // The wheel scrolls the page: a picture must not catch it.
  zoomScroll: { enabled: false },
})

const canvasOf = (viewer: Viewer) => viewer.get('canvas') as Canvas

function whole(viewer: Viewer, focus: string | undefined): void {
  const canvas = canvasOf(viewer)
  canvas.zoom('fit-viewport', 'auto')
  if (focus && canvas.zoom() < readable && exists(viewer, focus)) {
    canvas.zoom(readable)
    canvas.scrollToElement(focus, 80)
  }
}

const exists = (viewer: Viewer, id: string): boolean => Boolean((viewer.get('elementRegistry') as { get: (id: string) => unknown }).get(id))

export default function Diagram({ xml, label, marks, taken, selected, select, focus }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const chosen = useRef(select)
  const first = useRef(focus)
  const [viewer, setViewer] = useState<Viewer>()
  const [fault, setFault] = useState<string>()
  chosen.current = select
  first.current = focus

  useEffect(() => {
    let made: Viewer | undefined
    let gone = false
    const draw = async () => {
      const { NavigatedViewer } = await import('./viewer')
      if (gone || !place.current) return
      made = new NavigatedViewer(options(place.current))
      await made.importXML(xml)
      if (gone) return
      tidy(place.current, label)
      whole(made, first.current)
      ;(made.get('eventBus') as { on: (name: string, then: (event: { element: Shape }) => void) => void }).on('element.click', ({ element }) => chosen.current((element.labelTarget ?? element).id))
      setViewer(made)
    }
    draw().catch((error: unknown) => !gone && setFault(error instanceof Error ? error.message : 'nothing says why'))
    return () => {
      gone = true
      setViewer(undefined)
      made?.destroy()
    }
  }, [xml, label])

  useEffect(() => (viewer ? paint(viewer, marks) : undefined), [viewer, marks])
  useEffect(() => (viewer ? trace(viewer, taken) : undefined), [viewer, taken])
  useEffect(() => {
    if (!viewer || !selected || !exists(viewer, selected)) return undefined
    const canvas = canvasOf(viewer)
    canvas.addMarker(selected, 'life-selected')
    canvas.scrollToElement(selected, 60)
    return () => canvas.removeMarker(selected, 'life-selected')
  }, [viewer, selected])

  const zoom = (factor: number) => viewer && canvasOf(viewer).zoom(Math.min(4, Math.max(0.1, canvasOf(viewer).zoom() * factor)), 'auto')
  if (fault) return <p className="note">The diagram cannot be drawn: {fault}. The steps beside it are complete.</p>
  return (
    <div className="diagram" role="region" aria-label={label}>
      {!viewer && <SkeletonPlaceholder className="diagram-waits" />}
      <div ref={place} className="diagram-canvas" />
      <div className="diagram-tools">
        <Button size="sm" kind="secondary" hasIconOnly renderIcon={ZoomIn} iconDescription="Larger" tooltipPosition="left" onClick={() => zoom(1.25)} />
        <Button size="sm" kind="secondary" hasIconOnly renderIcon={ZoomOut} iconDescription="Smaller" tooltipPosition="left" onClick={() => zoom(0.8)} />
        <Button size="sm" kind="secondary" hasIconOnly renderIcon={CenterToFit} iconDescription="All of it" tooltipPosition="left" onClick={() => viewer && whole(viewer, undefined)} />
      </div>
    </div>
  )
}

/** A picture is one thing to a screen reader, and no stop for the keyboard. */
function tidy(place: HTMLElement, label: string): void {
  const svg = place.querySelector('.djs-container > svg')
  svg?.setAttribute('tabindex', '-1')
  svg?.setAttribute('role', 'img')
  svg?.setAttribute('aria-label', label)
  place.querySelector('.bjs-powered-by')?.setAttribute('aria-label', 'Powered by bpmn.io')
}

function paint(viewer: Viewer, marks: ReadonlyMap<string, Mark>): () => void {
  const canvas = canvasOf(viewer)
  const overlays = viewer.get('overlays') as Overlays
  const known = [...marks].filter(([id]) => exists(viewer, id))
  for (const [id, { state, tokens }] of known) {
    canvas.addMarker(id, `life-${state}`)
    if (state === 'AT' || state === 'STUCK') overlays.add(id, kind, { position: { top: -12, right: 12 }, html: badge(state, tokens) })
  }
  return () => {
    overlays.remove({ type: kind })
    for (const [id, { state }] of known) canvas.removeMarker(id, `life-${state}`)
  }
}

function badge(state: StepState, tokens: number): HTMLElement {
  const node = document.createElement('span')
  node.className = `life-badge life-badge-${state}`
  node.title = wordOf(state)
  node.textContent = state === 'STUCK' ? '!' : String(tokens)
  return node
}

function trace(viewer: Viewer, taken: readonly string[]): () => void {
  const canvas = canvasOf(viewer)
  const known = taken.filter((id) => exists(viewer, id))
  known.forEach((id) => canvas.addMarker(id, 'life-taken'))
  return () => known.forEach((id) => canvas.removeMarker(id, 'life-taken'))
}
