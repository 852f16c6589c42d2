/** Small pieces of text: times, states, identifiers, tags, links that lead out. */
import { Tag } from '@carbon/react'
import { Checkmark, CheckmarkFilled, CircleDash, Copy, ErrorFilled, InProgress, Launch, WarningAltFilled } from '@carbon/react/icons'
import { type ReactNode, useState } from 'react'
import { safeHref } from '../lib/links'
import { severityWord, toneOf, type Tone, wordOf } from '../lib/status'
import { ago, exact, instant, shorten } from '../lib/time'
import { useNow } from './hooks'

const icons: Record<Tone, typeof Checkmark> = { good: CheckmarkFilled, bad: ErrorFilled, warning: WarningAltFilled, busy: InProgress, idle: CircleDash }

export const Severity = ({ of }: { of: string }) => <Status state={of} word={severityWord(of)} />

/** A state as a word with an icon; beside it where it was learnt and when. */
export function Status({ state, word, source, at }: { state: string; word?: string; source?: string; at?: string | number }) {
  const tone = toneOf(state)
  const Icon = icons[tone]
  return (
    <span className="status" data-tone={tone}>
      <Icon size={16} aria-hidden />
      <span>{word ?? wordOf(state)}</span>
      {source && (
        <span className="status-source">
          · {source}
          {at !== undefined && <>, <Ago at={at} /></>}
        </span>
      )}
    </span>
  )
}

const minute = 60_000

/** A relative time; the exact instant on hover, and for screen readers by `datetime`. */
export function Ago({ at, focusable = false }: { at: string | number | undefined; focusable?: boolean }) {
  const value = instant(at)
  const [young, setYoung] = useState(() => value !== undefined && Math.abs(Date.now() - value) < minute)
  // What is told in seconds moves with the seconds.
  const now = useNow(young ? 1_000 : 10_000)
  const isYoung = value !== undefined && Math.abs(now - value) < minute
  if (isYoung !== young) setYoung(isYoung)
  if (value === undefined) return null
  return (
    <time dateTime={new Date(value).toISOString()} title={exact(value)} {...(focusable && { tabIndex: 0 })}>
      {ago(value, now)}
    </time>
  )
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false)
  const copy = () => {
    void navigator.clipboard?.writeText(text).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 2_000)
    })
  }
  return (
    <button type="button" className="icon-button" onClick={copy} aria-label={copied ? 'Copied' : label} title={copied ? 'Copied' : label}>
      {copied ? <Checkmark size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
    </button>
  )
}

/** An identifier, ARN or path: monospace, shortened in the middle, with a copy button. */
export function Mono({ text, most, label = 'Copy' }: { text: string | undefined; most?: number; label?: string }) {
  if (!text) return null
  return (
    <span className="copyable">
      <code className="mono" title={text}>{most ? shorten(text, most) : text}</code>
      <CopyButton text={text} label={label} />
    </span>
  )
}

export function Tags({ tags, most }: { tags: readonly string[] | undefined; most?: number }) {
  if (!tags || tags.length === 0) return null
  const shown = most === undefined ? tags : tags.slice(0, most)
  return (
    <span className="tags">
      {shown.map((tag) => <Tag key={tag} size="sm" type="gray" title={tag}>{tag}</Tag>)}
      {shown.length < tags.length && <Tag size="sm" type="outline">+{tags.length - shown.length}</Tag>}
    </span>
  )
}

/** A link out of the page; only the text where the address may not be opened. */
export function OutLink({ href, children }: { href: string | undefined; children: ReactNode }) {
  const safe = safeHref(href)
  if (!safe) return <>{children}</>
  return (
    <a className="cds--link cds--link--inline" href={safe} target="_blank" rel="noopener noreferrer">
      {children} <Launch size={12} aria-label="(opens another site)" />
    </a>
  )
}

export function InLink({ href, children }: { href: string; children: ReactNode }) {
  return <a className="cds--link" href={href}>{children}</a>
}

/** Label and value pairs; rows without a value are left out. */
export function Facts({ rows }: { rows: readonly (readonly [label: string, value: ReactNode])[] }) {
  const shown = rows.filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false)
  return (
    <dl className="facts">
      {shown.map(([label, value]) => (
        <div key={label} style={{ display: 'contents' }}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
