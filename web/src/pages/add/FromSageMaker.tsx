/** Credentials, then the model: searched in the account, or typed. */
import { Button, RadioButton, RadioButtonGroup, SkeletonText } from '@carbon/react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ApiError } from '../../api/client'
import { browseQuery, browseWithKeys, credentialsQuery } from '../../api/queries'
import type { BrowsedModel, Credential, ModelBrowse } from '../../api/types'
import { TextField } from '../../components/fields'
import { useDelayed } from '../../components/hooks'
import { KeyFields, type Keys, keysMissing, toCredentials } from '../../components/KeyFields'
import { Ago, InLink, Status } from '../../components/text'
import { ProblemView, Section } from '../../components/views'
import { checkState, credentialName } from '../../lib/credential'
import { to } from '../../lib/links'
import { type Draft, nameFault } from './draft'

interface Props {
  draft: Draft
  change: (part: Partial<Draft>) => void
  keys: Keys
  setKeys: (part: Partial<Keys>) => void
  error: unknown
}

const enter = 'enter'

export function FromSageMaker({ draft, change, keys, setKeys, error }: Props) {
  const credentials = useQuery(credentialsQuery)
  const known = credentials.data ?? []
  const none = credentials.isSuccess && known.length === 0
  const entering = draft.entered || none
  const chosen = entering ? enter : (known.find((one) => one.id === draft.credentialId)?.id ?? known[0]?.id ?? '')
  const credential = known.find((one) => one.id === chosen)
  // What the list preselects counts as chosen.
  useEffect(() => {
    if (none && !draft.entered) change({ entered: true })
    else if (!entering && chosen && draft.credentialId !== chosen) change({ credentialId: chosen, region: credential?.region ?? '' })
  })
  // Keys stand in no address and in no cache: they are used for this one look.
  const look = useMutation({ mutationFn: () => browseWithKeys(toCredentials(keys)), gcTime: 0 })
  const select = (value: string) => {
    if (value === enter) change({ entered: true })
    else change({ entered: false, credentialId: value, region: known.find((one) => one.id === value)?.region ?? '' })
  }
  return (
    <>
      {credentials.isError && <ProblemView error={credentials.error} retry={() => void credentials.refetch()} />}
      {credentials.isPending && <SkeletonText paragraph lineCount={3} />}
      {credentials.isSuccess && (
        <RadioButtonGroup legendText="Credentials" name="credential" orientation="vertical" valueSelected={chosen} onChange={(value) => select(String(value))}>
          {[...known.map((one) => <RadioButton key={one.id} id={`credential-${one.id}`} value={one.id} labelText={<CredentialLabel credential={one} />} />), <RadioButton key={enter} id="credential-enter" value={enter} labelText="Enter credentials" />]}
        </RadioButtonGroup>
      )}
      {entering && <KeyFields keys={keys} change={(part) => { look.reset(); setKeys(part) }} error={look.error ?? error} prefix={look.error ? '' : '/credentials'} />}
      {!entering && credential && !credential.region && (
        <TextField id="import-region" labelText="Region" placeholder="us-east-2" helperText="Left empty, the server's own region counts" value={draft.region} onChange={(event) => change({ region: event.target.value.trim() })} />
      )}
      <Section title="Model">
        <ModelChoice draft={draft} change={change} error={error} {...(credential && { credential })} {...(entering && look.data && { found: look.data })} />
        {entering && !look.data && <LookAround missing={keysMissing(keys)} pending={look.isPending} error={look.error} look={() => look.mutate()} />}
      </Section>
    </>
  )
}

/** With keys that are being entered nothing is asked by itself: each attempt counts at AWS. */
function LookAround({ missing, pending, error, look }: { missing: string[]; pending: boolean; error: unknown; look: () => void }) {
  return (
    <div className="stack look-around">
      <div><Button kind="tertiary" size="sm" disabled={missing.length > 0 || pending} onClick={look}>{pending ? 'Asking AWS' : 'Show the models of the account'}</Button></div>
      {error !== null && <ProblemView error={error} />}
    </div>
  )
}

function CredentialLabel({ credential }: { credential: Credential }) {
  const check = credential.lastCheck
  return (
    <span className="row">
      <span>{credentialName(credential)}</span>
      <span className="note">{credential.region}</span>
      {check && <span className="note"><Status state={checkState(check)} />, checked <Ago at={check.at} /></span>}
    </span>
  )
}

function ModelChoice({ draft, change, error, credential, found }: Pick<Props, 'draft' | 'change' | 'error'> & { credential?: Credential; found?: ModelBrowse }) {
  const [typed, setTyped] = useState('')
  const q = useDelayed(typed.trim())
  const browse = useQuery({ ...browseQuery(credential?.id ?? '', draft.region, q), enabled: credential !== undefined })
  const fault = nameFault(draft.modelName.trim()) ?? (error instanceof ApiError && error.status === 404 ? 'AWS has no model of this name there.' : undefined)
  return (
    <>
      <TextField
        id="model-name"
        labelText="Model name"
        helperText={credential || found ? 'Search the account, or type the whole name' : 'The name as AWS shows it'}
        autoComplete="off"
        spellCheck={false}
        value={draft.modelName}
        invalid={fault !== undefined}
        invalidText={fault}
        onChange={(event) => {
          setTyped(event.target.value)
          change({ modelName: event.target.value })
        }}
      />
      {credential && browse.isError && <ProblemView error={browse.error} retry={() => void browse.refetch()} />}
      {credential && browse.isPending && <SkeletonText paragraph lineCount={4} />}
      {browse.data && credential && <Browse models={browse.data.models} chosen={draft.modelName} choose={(name) => change({ modelName: name })} q={q} />}
      {found && <Browse models={found.models.filter((one) => one.name.toLowerCase().includes(q.toLowerCase()))} chosen={draft.modelName} choose={(name) => change({ modelName: name })} q={q} />}
      {(found ?? browse.data)?.truncated && <p className="note">There are more. Type part of a name to narrow the list.</p>}
    </>
  )
}

function Browse({ models, chosen, choose, q }: { models: BrowsedModel[]; chosen: string; choose: (name: string) => void; q: string }) {
  if (models.length === 0) return <p className="note" role="status">{q ? `No model of this account has “${q}” in its name. If you are sure of the name, go on with it.` : 'This account has no models in this region.'}</p>
  return (
    <fieldset className="browse-models">
      <legend className="cds--label">Models of the account</legend>
      <ul className="plain browse">
        {models.map((model) => (
          <li key={model.arn}>
            <label>
              <input type="radio" name="browse-model" value={model.name} checked={chosen === model.name} onChange={() => choose(model.name)} />
              <span>{model.name}</span>
              {model.imported && <span className="note">imported{model.storedModelId && <> · <InLink href={to.model(model.storedModelId)}>open</InLink></>}</span>}
              <span className="browse-when"><Ago at={model.creationTime} /></span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  )
}
