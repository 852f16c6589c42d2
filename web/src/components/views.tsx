/** States of a view: its head, nothing there, failed, loading; and the command lines below it. */
import { Breadcrumb, BreadcrumbItem, Button, SkeletonText } from '@carbon/react'
import type { ReactNode } from 'react'
import { ApiError } from '../api/client'
import type { Commands } from '../lib/commands'
import { tell } from '../lib/problems'
import { useTitle } from './hooks'
import { CopyButton } from './text'

export interface Crumb {
  label: string
  href: string
}

export function Page(props: { title: string; crumbs?: Crumb[]; sub?: ReactNode; actions?: ReactNode; commands?: Commands; children: ReactNode }) {
  useTitle(props.title)
  return (
    <>
      {props.crumbs && (
        <Breadcrumb noTrailingSlash aria-label="Breadcrumb">
          {props.crumbs.map((crumb) => <BreadcrumbItem key={crumb.href} href={crumb.href}>{crumb.label}</BreadcrumbItem>)}
        </Breadcrumb>
      )}
      <div className="page-head">
        <div>
          <h1>{props.title}</h1>
          {props.sub && <div className="page-sub">{props.sub}</div>}
        </div>
        {props.actions && <div className="page-actions">{props.actions}</div>}
      </div>
      {props.children}
      {props.commands && <CommandLines commands={props.commands} />}
    </>
  )
}

/** The same view as a command line and as a call. */
export function CommandLines({ commands }: { commands: Commands }) {
  return (
    <details className="commands">
      <summary>This view from the command line</summary>
      <dl>
        {commands.cli && <CommandLine name="CLI" text={commands.cli} />}
        {commands.curl && <CommandLine name="curl" text={commands.curl} />}
      </dl>
    </details>
  )
}

function CommandLine({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <code className="mono">{text}</code>
        <CopyButton text={text} label={`Copy the ${name} line`} />
      </dd>
    </>
  )
}

/** What happened, what was not changed, what to do; code and request id to copy. */
export function ProblemView({ error, retry }: { error: unknown; retry?: () => void }) {
  const told = tell(error)
  const copy = told.requestId ? `${told.code} ${told.requestId}` : told.code
  return (
    <div className="problem" role="alert">
      <h2>{told.title}</h2>
      <p>{told.detail}</p>
      {told.next && <p>{told.next}</p>}
      <div className="problem-codes">
        <span>Code <code className="mono">{told.code}</code></span>
        {told.requestId && <span>Request <code className="mono">{told.requestId}</code></span>}
        <CopyButton text={copy} label="Copy code and request id" />
      </div>
      {retry && <Button size="sm" kind="tertiary" onClick={retry}>Try again</Button>}
    </div>
  )
}

/** As ProblemView, of what the page asks for again by itself. */
export function AskedAgain({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <>
      <ProblemView error={error} retry={retry} />
      <p className="note">The page asks again by itself, and goes on where you were.</p>
    </>
  )
}

/** In place of an object's page. What is not there does not come by asking again: its list is offered instead. */
export function Unavailable({ title, crumbs, error, retry }: { title: string; crumbs: Crumb[]; error: unknown; retry: () => void }) {
  const list = crumbs.at(-1)
  const gone = error instanceof ApiError && error.status === 404
  return (
    <Page title={title} crumbs={crumbs}>
      <ProblemView error={error} {...(!gone && { retry })} />
      {gone && list && <a className="cds--link" href={list.href}>Go to {list.label}</a>}
    </Page>
  )
}

/** Nothing there: what this is, what to do first, with one button and one command line. */
export function Empty({ title, children, action, cli }: { title: string; children: ReactNode; action?: ReactNode; cli?: string }) {
  return (
    <div className="empty">
      <div>
        <h2>{title}</h2>
        <p className="note">{children}</p>
        {action}
        {cli && (
          <p className="row">
            <code className="mono">{cli}</code>
            <CopyButton text={cli} label="Copy the command" />
          </p>
        )}
      </div>
    </div>
  )
}

export function Note({ tone, title, children }: { tone: 'info' | 'warning'; title: string; children?: ReactNode }) {
  return (
    <div className="problem" data-tone={tone} role="status">
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** Keeps the shape of an object's page while it loads. */
export function PageSkeleton() {
  return (
    <div aria-busy="true">
      <p className="visually-hidden" role="status">Loading</p>
      <div className="page-head"><SkeletonText heading width="18rem" /></div>
      <div className="columns">
        <div className="card"><SkeletonText paragraph lineCount={4} /></div>
        <div className="card"><SkeletonText paragraph lineCount={4} /></div>
      </div>
    </div>
  )
}

export function Section({ title, children, aside }: { title: string; children: ReactNode; aside?: ReactNode }) {
  return (
    <section className="section">
      {aside ? <div className="row spread"><h2>{title}</h2>{aside}</div> : <h2>{title}</h2>}
      {children}
    </section>
  )
}
