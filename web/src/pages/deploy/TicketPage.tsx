/** An approval ticket: what exactly would be done, on what evidence, and the decision. */
import { Button } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { home, objectPath } from '../../api/paths'
import { deploymentsOfSnapshotQuery, objectQuery } from '../../api/queries'
import type { DeployableModel, Notification } from '../../api/types'
import { Refusable } from '../../components/Refusable'
import { RelatedTable } from '../../components/RelatedTable'
import { Described, Variants } from '../../components/SageMaker'
import { Results } from '../../components/TestResults'
import { Ago, Facts, InLink, Mono, OutLink, Status } from '../../components/text'
import { Note, Page, PageSkeleton, ProblemView, Section, Unavailable } from '../../components/views'
import { curl, shellQuote } from '../../lib/commands'
import { to } from '../../lib/links'
import { duration } from '../../lib/time'
import { afterApproval, approvedWish, askedFor, decidedElsewhere, decideRefusal, type Evidence, evidenceOf, type Follows, instanceOf, isTicket, issueWords, offersDeploy, type TicketJob, ticketState, whatFollows } from '../../lib/ticket'
import { deploymentColumns } from '../columns'
import { Decide, type Verb } from './Decide'
import { DeployButton } from './Deploy'

export function TicketPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery(objectQuery<Notification>('notifications', id))
  const crumbs = [{ label: 'Tickets', href: to.list('tickets') }]
  if (query.isPending) return <PageSkeleton />
  if (!query.data) return <Unavailable title="Ticket" crumbs={crumbs} error={query.error} retry={() => void query.refetch()} />
  // Another ticket begins anew: no refusal of the one before.
  return <Ticket key={id} ticket={query.data.data} />
}

function Ticket({ ticket }: { ticket: Notification }) {
  const { id } = ticket
  const client = useQueryClient()
  const snapshotQuery = useQuery({ ...objectQuery<DeployableModel>('deployableModels', ticket.deployableModelId ?? ''), enabled: ticket.deployableModelId !== undefined })
  const snapshot = snapshotQuery.data?.data
  const [verb, setVerb] = useState<Verb>()
  const [refused, setRefused] = useState<unknown>()
  const [wishes] = useState(keyKeeper)
  const recheck = useMutation({
    mutationFn: () => send<Notification>('POST', `${objectPath('notifications', id)}/recheck`, { idempotencyKey: wishes.of(undefined) }),
    onSettled: (_, error) => {
      wishes.settled(error)
      void client.invalidateQueries({ queryKey: ['notifications'] })
    },
  })
  const evidence = evidenceOf(ticket)
  const instance = instanceOf(ticket)
  const refusal = isTicket(ticket) ? decideRefusal(ticket, refused) : 'This notification asks for no decision.'
  const isOpen = ticketState(ticket) === 'OPEN' && !decidedElsewhere(ticket) && isTicket(ticket)
  // Also one that is decided in Jira: what its issue says is read anew.
  const looks = ticketState(ticket) === 'OPEN' && isTicket(ticket)
  // Of an issue that nobody reads any more nothing is to be mended.
  const problem = ticketState(ticket) === 'OPEN' && decidedElsewhere(ticket) ? ticket.assignment?.problem : undefined
  const name = snapshot?.metaData.name ?? evidence.snapshot
  // Who decides for another group reads its tickets and nothing else of it: the evidence stands here, and nothing leads to what is closed to them.
  const inside = snapshot !== undefined
  // Once on the page: beside what is wrong with its issue, else at the assets.
  const look = looks && <Button size="sm" kind="tertiary" disabled={recheck.isPending} onClick={() => recheck.mutate()}>Look again</Button>
  const approved = ticket.decision?.decision === 'APPROVED'
  const deployments = useQuery({ ...deploymentsOfSnapshotQuery(snapshot?.id ?? ''), enabled: inside && approved })
  const follows = whatFollows(ticket, instance !== undefined, deployments.data?.items ?? [])
  return (
    <Page
      title={name ? `Approval of ${name}` : 'Approval'}
      crumbs={[{ label: 'Tickets', href: to.list('tickets') }]}
      sub={
        <>
          <Status state={ticketState(ticket)} />
          <span>{ticket.requestedBy && <>Asked for by {ticket.requestedBy} </>}<Ago at={ticket.createdDate} focusable /></span>
          <span>Group {ticket.group}</span>
          {ticket.assignment?.issueKey && <OutLink href={ticket.assignment.issueLink}>{issueWords(ticket)}</OutLink>}
        </>
      }
      actions={
        ticketState(ticket) === 'OPEN' ? (
          <>
            <Refusable kind="danger--tertiary" refusal={refusal} onClick={() => setVerb('reject')}>Reject</Refusable>
            <Refusable refusal={refusal} onClick={() => setVerb('approve')}>Approve</Refusable>
          </>
        ) : approved && snapshot && offersDeploy(follows) && <DeployButton snapshot={snapshot} approved={approvedWish(evidence, snapshot)} kind={follows === 'life cycle' ? 'tertiary' : 'primary'} />
      }
      commands={{ cli: isOpen && !refusal ? `slipway ticket approve ${shellQuote(id)}` : `slipway ticket show ${shellQuote(id)}`, curl: curl(home, objectPath('notifications', id)) }}
    >
      <Decision ticket={ticket} follows={follows} />
      {problem && <Note tone="warning" title="Its issue is no decision yet"><p>{problem.message}</p>{look}</Note>}
      {recheck.isError && <ProblemView error={recheck.error} />}
      {refusal && isOpen && <Note tone={ticket.mayDecide === false ? 'info' : 'warning'} title="You may not decide this ticket"><p>{refusal}</p></Note>}
      <Section title={approved ? 'What was approved' : ticket.decision ? 'What was asked for' : 'What approving allows'}>
        <p className="why">{askedFor(evidence)}</p>
        <Facts
          rows={[
            ['Snapshot', inside ? <InLink key="s" href={to.snapshot(snapshot.id)}>{name ?? 'Open the snapshot'}</InLink> : name],
            ['Business model', inside && ticket.storedModelId ? <InLink key="m" href={to.model(ticket.storedModelId)}>{snapshot.storedModel.modelMetaData?.name ?? evidence.model ?? 'Open the model'}</InLink> : evidence.model],
            ['Life cycle', inside && instance && <InLink key="l" href={to.instance(instance)}>{ticketState(ticket) === 'OPEN' ? 'The run that waits for this decision' : 'The run that asked for it'}</InLink>],
            ['Endpoint', evidence.endpointName ?? 'Named by Slipway after the model'],
            ['Configuration', evidence.configuration && <span key="c">{evidence.consoleUrl ? <OutLink href={evidence.consoleUrl}>{evidence.configuration}</OutLink> : evidence.configuration}{evidence.made && ', made in AWS with the deployment'}</span>],
            ['Account', evidence.account],
            ['Region', evidence.region],
            ['Why it is wanted', evidence.reason ?? 'Nobody said'],
            ['Edited by', evidence.editedBy.length > 0 && evidence.editedBy.join(', ')],
            ['Fingerprint', ticket.requestedHash && <Mono key="h" text={ticket.requestedHash} most={24} label="Copy the SHA-256 of what is asked for" />],
          ]}
        />
      </Section>
      <Variants variants={evidence.variants} />
      <Variants variants={evidence.shadowVariants} title="Shadow variants" />
      <Described title="How AWS shifts the traffic" value={evidence.deploymentConfig} />
      <Assets evidence={evidence} looks={looks} look={problem ? undefined : look} {...(inside && ticket.storedModelId && { modelId: ticket.storedModelId })} />
      <Test evidence={evidence} inside={inside} />
      <Siblings evidence={evidence} inside={inside} />
      {inside && <Deployments snapshotId={snapshot.id} />}
      {verb && <Decide ticket={ticket} verb={verb} what={askedFor(evidence)} refused={setRefused} close={() => setVerb(undefined)} />}
    </Page>
  )
}

/** Who, when, why; and what follows. */
function Decision({ ticket: { decision }, follows }: { ticket: Notification; follows: Follows }) {
  if (!decision) return null
  const next: Record<string, string> = {
    APPROVED: `${afterApproval[follows]} Only exactly what is shown below may be deployed.`,
    REJECTED: 'It is not deployed. Who asks again opens a new ticket.',
    EXPIRED: 'Who asks again opens a new ticket.',
    CANCELLED: 'What it asked for is not wanted any more.',
  }
  return (
    <Section title="Decision">
      <p className="row"><Status state={decision.decision ?? ''} /> <span>by {decision.decidedBy ?? 'somebody'}, <Ago at={decision.decidedAt} focusable /></span></p>
      {decision.comment && <blockquote className="comment">{decision.comment}</blockquote>}
      <p className="note">{next[decision.decision ?? '']}</p>
    </Section>
  )
}

function Assets({ evidence, looks, look, modelId }: { evidence: Evidence; looks: boolean; look: ReactNode; modelId?: string }) {
  const missing = evidence.assets.filter((one) => !one.present).length
  return (
    <Section title="Assets" {...(look && { aside: look })}>
      {evidence.assets.length === 0 && <p className="note">Nobody has looked for them.</p>}
      <ul className="plain checklist">
        {evidence.assets.map((one) => (
          <li key={one.name}>
            <span className="checklist-name">{one.name}</span>
            <Status state={one.present ? 'Present' : 'Missing'} />
            <span className="note">{one.url ? <Mono text={one.url} most={48} /> : one.place}</span>
          </li>
        ))}
      </ul>
      {missing > 0 && looks && <p className="note after-list">What is missing is added at the {modelId ? <InLink href={to.model(modelId, 'assets')}>assets of the model</InLink> : 'assets of the model, by its group'}; then look again.</p>}
    </Section>
  )
}

/** The test job of this snapshot and what it measured; else that none has run. */
function Test({ evidence: { testJob, lastModelJob, testResult, reported, comparator, written }, inside }: { evidence: Evidence; inside: boolean }) {
  return (
    <Section title="Test">
      {!testJob && (
        <p className="note">
          No test job has run for this snapshot.
          {lastModelJob && <> The last job of the model, which is no test of it, is <TestJob job={lastModelJob} inside={inside} />.</>}
        </p>
      )}
      {testJob && (
        <Facts
          rows={[
            ['Job', <TestJob key="j" job={testJob} inside={inside} />],
            ['Status', <Status key="s" state={testJob.status} />],
            ['Ran for', testJob.duration !== undefined && duration(testJob.duration)],
            ['Failure', testJob.failure],
            ['Output', testJob.output && <Mono key="o" text={testJob.output} most={60} label="Copy the address of the output" />],
            ['Written', written],
            ['In AWS', testJob.consoleUrl && <OutLink key="a" href={testJob.consoleUrl}>SageMaker console</OutLink>],
            ['Comparator', comparator && <span key="c" className="row"><Status state={comparator.result} /><span>{comparator.reasons.join(' ')}</span></span>],
            ['Result', testResult?.passed !== undefined && <Status key="r" state={testResult.passed ? 'PASSED' : 'FAILED'} />],
          ]}
        />
      )}
      {testResult?.measured && <Results results={testResult.measured} />}
      {reported && (
        <>
          <p className="row">{reported.passed !== undefined && <Status state={reported.passed ? 'PASSED' : 'FAILED'} />}<span>Reported by {reported.by}, <Ago at={reported.createdDate} focusable />; not read from the test’s output.</span></p>
          {reported.measured && <Results results={reported.measured} />}
        </>
      )}
    </Section>
  )
}

function TestJob({ job, inside }: { job: TicketJob; inside: boolean }) {
  return inside && job.id ? <InLink href={to.job(job.id)}>{job.name}</InLink> : job.name
}

function Siblings({ evidence, inside }: { evidence: Evidence; inside: boolean }) {
  if (evidence.siblings.length === 0) return null
  return (
    <Section title="Other models of this configuration">
      <p className="note">They go to the same endpoint. Once one is rejected, none can be deployed.</p>
      <ul className="plain checklist">
        {evidence.siblings.map((one) => (
          <li key={one.snapshotId ?? one.model}>
            <span className="checklist-name">{inside && one.snapshotId ? <InLink href={to.snapshot(one.snapshotId)}>{one.model}</InLink> : one.model}</span>
            <Status state={one.decision ?? 'UNDECIDED'} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Deployments({ snapshotId }: { snapshotId: string }) {
  const query = useQuery(deploymentsOfSnapshotQuery(snapshotId))
  return (
    <Section title="Deployments of the snapshot">
      <RelatedTable label="Deployments of the snapshot" query={query} columns={deploymentColumns} only={['endpoint', 'state', 'since']} href={(one) => to.deployment(one.id)} nothing="None so far." />
    </Section>
  )
}
