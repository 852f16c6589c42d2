/** The answer to why something is as it is, from recorded facts, with the next step. */
import type { Why } from '../api/types'
import { to } from '../lib/links'
import { Ago, CopyButton, InLink, OutLink } from './text'

/** Links of the page begin with `#`, wherever the server says that the page lives. */
const ownAddress = (href: string): string | undefined => (/^\/?#\//.test(href) ? href.replace(/^\//, '') : undefined)

export function WhyPanel({ why }: { why: Why }) {
  return (
    <>
      <p className="why">{why.answer}</p>
      {why.facts.length > 0 && <ul className="because">{why.facts.map((fact) => <li key={`${fact.code}${fact.message}`}><Fact message={fact.message} about={fact.ref} />{fact.since && <span className="note"> · <Ago at={fact.since} focusable /></span>}</li>)}</ul>}
      {why.next.length > 0 && (
        <ul className="because" aria-label="Next">
          {why.next.map((step) => (
            <li key={step.message}>
              <Next message={step.message} href={step.href} />
              {step.cli && <>{' '}<span className="copyable"><code className="mono">{step.cli}</code><CopyButton text={step.cli} label="Copy the command" /></span></>}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

type Ref = NonNullable<Why['facts'][number]['ref']>

/** Where what a fact speaks of is shown; of operations only imports have a page. */
const pages: Partial<Record<Ref['kind'], (id: string) => string>> = {
  notification: to.ticket, runtime: to.runtime, deployedModel: to.deployment, job: to.job, deployableModel: to.snapshot, processInstance: to.instance,
}

function Fact({ message, about }: { message: string; about: Ref | undefined }) {
  const href = about && pages[about.kind]?.(about.id)
  return href ? <InLink href={href}>{message}</InLink> : <>{message}</>
}

function Next({ message, href }: { message: string; href: string | undefined }) {
  const own = href && ownAddress(href)
  return own ? <InLink href={own}>{message}</InLink> : <OutLink href={href}>{message}</OutLink>
}
