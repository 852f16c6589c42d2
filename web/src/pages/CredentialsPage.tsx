/** AWS credentials: what they may do, and those that people entered. */
import { Button, Modal } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { remove, send } from '../api/client'
import { home, sageMaker } from '../api/paths'
import { credentialsQuery } from '../api/queries'
import type { Credential } from '../api/types'
import { KeyFields, keysMissing, noKeys, toCredentials } from '../components/KeyFields'
import { Ago, Facts, Mono, Status } from '../components/text'
import { Empty, Page, PageSkeleton, ProblemView } from '../components/views'
import { curl } from '../lib/commands'
import { checkState, credentialName } from '../lib/credential'
import { count } from '../lib/operation'
import { typeName } from '../lib/status'
import { Accounts } from './Accounts'

export function CredentialsPage() {
  const query = useQuery(credentialsQuery)
  const [replacing, setReplacing] = useState<Credential>()
  const [removing, setRemoving] = useState<Credential>()
  return (
    <Page title="Credentials" commands={{ cli: 'slipway credential list', curl: curl(home, `${sageMaker}/credentials`) }}>
      <p className="lead">With what Slipway signs its calls to AWS. Those of the configuration file are changed there; secrets are never shown.</p>
      <Accounts />
      {query.isError && <ProblemView error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <PageSkeleton />}
      {query.data?.length === 0 && (
        <Empty title="No credentials yet" cli="slipway credential list">
          Put them into the configuration file under sagemaker-credentials, or enter keys when you add a business model.
        </Empty>
      )}
      <div className="columns">
        {query.data?.map((credential) => <CredentialCard key={credential.id} credential={credential} replace={() => setReplacing(credential)} remove={() => setRemoving(credential)} />)}
      </div>
      {replacing && <Replace credential={replacing} close={() => setReplacing(undefined)} />}
      {removing && <Remove credential={removing} close={() => setRemoving(undefined)} />}
    </Page>
  )
}

function CredentialCard({ credential, replace, remove: drop }: { credential: Credential; replace: () => void; remove: () => void }) {
  const check = credential.lastCheck
  return (
    <section className="card">
      <h2>{credentialName(credential)}</h2>
      <Facts
        rows={[
          ['Kind', typeName(credential.authenticationType)],
          ['From', credential.entered ? `entered${credential.createdBy ? ` by ${credential.createdBy}` : ''}` : 'the configuration file'],
          ['For group', credential.group || 'any'],
          ['Region', credential.region],
          ['Path', credential.path],
          ['Role', credential.roleArn && <Mono text={credential.roleArn} label="Copy the role" />],
          ['Access key', credential.accessKeyId && <code className="mono">{credential.accessKeyId}</code>],
          ['Last check', check ? <><Status state={checkState(check)} /> <Ago at={check.at} focusable /></> : 'Not used yet'],
          [check && checkState(check) === 'Refused' ? 'Refused since' : 'Has not worked since', check?.since && <Ago at={check.since} focusable />],
          ['Account', check?.account],
          ['Signs as', check?.arn && <Mono text={check.arn} label="Copy the ARN" />],
          [check && checkState(check) === 'Refused' ? 'Why refused' : 'What happened', check?.error?.message],
        ]}
      />
      {check?.permissions && check.permissions.length > 0 && (
        <details className="permissions">
          <summary>{count(check.permissions.length, 'permission')} seen to work</summary>
          <ul className="plain">{check.permissions.map((one) => <li key={one}><code className="mono">{one}</code></li>)}</ul>
        </details>
      )}
      {credential.entered && (
        <div className="row">
          <Button size="sm" kind="tertiary" onClick={replace}>Replace</Button>
          <Button size="sm" kind="danger--ghost" onClick={drop}>Remove</Button>
        </div>
      )}
    </section>
  )
}

const path = (id: string) => `${sageMaker}/credentials/${encodeURIComponent(id)}`

function Replace({ credential, close }: { credential: Credential; close: () => void }) {
  const client = useQueryClient()
  const [keys, setKeys] = useState({ ...noKeys, region: credential.region ?? '' })
  const save = useMutation({
    mutationFn: () => send<Credential>('PUT', path(credential.id), { body: toCredentials(keys) }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['credentials'] })
      close()
    },
  })
  return (
    <Modal open modalHeading="Replace the keys" modalAriaLabel="Replace the keys" primaryButtonText="Check and replace" secondaryButtonText="Cancel" primaryButtonDisabled={keysMissing(keys).length > 0 || save.isPending} onRequestClose={close} onRequestSubmit={() => save.mutate()}>
      <div className="stack">
        <p className="note">The new keys are checked with AWS before the old ones are dropped.</p>
        {save.isError && <ProblemView error={save.error} />}
        <KeyFields keys={keys} change={(part) => setKeys((before) => ({ ...before, ...part }))} error={save.error} prefix="" />
      </div>
    </Modal>
  )
}

function Remove({ credential, close }: { credential: Credential; close: () => void }) {
  const client = useQueryClient()
  const drop = useMutation({
    mutationFn: () => remove(path(credential.id)),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['credentials'] })
      close()
    },
  })
  return (
    <Modal open danger modalHeading={`Remove ${credentialName(credential)}?`} modalAriaLabel="Remove the keys" primaryButtonText="Remove" secondaryButtonText="Keep" primaryButtonDisabled={drop.isPending} onRequestClose={close} onRequestSubmit={() => drop.mutate()}>
      <div className="stack">
        <p>Slipway forgets these keys; AWS still knows them. Models imported with them stay, but can no longer be brought up to date with them.</p>
        {drop.isError && <ProblemView error={drop.error} />}
      </div>
    </Modal>
  )
}
