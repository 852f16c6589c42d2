/** A transform or training job in SageMaker, filled in from the model and its last job. */
import { Button, Select, SelectItem, TextArea } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { home, registry } from '../../api/paths'
import { jobDefaultsQuery, objectQuery } from '../../api/queries'
import type { Job, StoredModel } from '../../api/types'
import { TextField } from '../../components/fields'
import { useDraft } from '../../components/hooks'
import { Page, PageSkeleton, ProblemView, Unavailable } from '../../components/views'
import { type AwsField, type AwsJobKind, awsJobLine, awsJobRequest, fieldFaults, fieldsOf, fieldText, type Params, typed } from '../../lib/awsJob'
import { curl } from '../../lib/commands'
import { to } from '../../lib/links'
import type { Search } from '../../lib/listState'
import { fieldErrors } from '../../lib/problems'

const kinds: readonly [AwsJobKind, string][] = [['transform', 'Transform'], ['training', 'Training']]
const list = [{ label: 'Business Models', href: to.models() }]

export function AwsJobPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const search = useSearch({ strict: false }) as Search
  const kind: AwsJobKind = search.kind === 'training' ? 'training' : 'transform'
  const model = useQuery(objectQuery<StoredModel>('storedModels', id))
  const defaults = useQuery(jobDefaultsQuery(id, kind))
  const name = model.data?.data.modelMetaData.name ?? 'The model'
  const crumbs = [...list, ...(model.data ? [{ label: name, href: to.model(id) }] : [])]
  if (model.isError && !model.data) return <Unavailable title="New job in SageMaker" crumbs={list} error={model.error} retry={() => void model.refetch()} />
  if (model.isPending || defaults.isPending) return <PageSkeleton />
  if (!defaults.data) return <Page title="New job in SageMaker" crumbs={crumbs}><ProblemView error={defaults.error} retry={() => void defaults.refetch()} /></Page>
  return <Form key={kind} kind={kind} model={model.data.data} defaults={defaults.data.jobParameters} snapshotId={search.snapshot} crumbs={crumbs} />
}

interface Props {
  kind: AwsJobKind
  model: StoredModel
  defaults: Params
  snapshotId: string | undefined
  crumbs: { label: string; href: string }[]
}

function Form({ kind, model, defaults, snapshotId, crumbs }: Props) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [draft, change, clear] = useDraft<{ params: Params }>(`slipway-aws-job-${kind}-${model.id}`, { params: defaults })
  const [left, setLeft] = useState<Record<string, boolean>>({})
  const [json, setJson] = useState<string>()
  const [wishes] = useState(keyKeeper)
  const body = awsJobRequest(kind, draft.params, defaults, { modelId: model.id, snapshotId })
  const create = useMutation({
    mutationFn: () => send<Job>('POST', `${registry}/jobs`, { body, idempotencyKey: wishes.of(body) }),
    onSuccess: ({ data }) => {
      void client.invalidateQueries({ queryKey: ['jobs'] })
      clear()
      window.location.hash = to.job(data.id)
    },
    onSettled: (_, error) => wishes.settled(error),
  })
  const own = fieldFaults(kind, draft.params, defaults)
  const told = create.isError ? fieldErrors(create.error) : {}
  const set = (params: Params) => {
    if (create.isError) create.reset()
    change({ params })
  }
  const jsonFault = json === undefined ? undefined : objectFault(json)
  const faultOf = (field: AwsField) => (left[field.at] ? own[field.at] : undefined) ?? told[`/jobParameters${field.at}`]
  // What AWS does not know stands in the body alone.
  const elsewhere = Object.entries(told).filter(([pointer]) => !fieldsOf[kind].some((field) => `/jobParameters${field.at}` === pointer))
  return (
    <Page title={`New ${kind} job`} crumbs={crumbs} commands={{ cli: awsJobLine(body), curl: curl(home, `${registry}/jobs`, 'POST', body) }}>
      <p className="lead">Runs in SageMaker{model.sageMaker?.region && `, ${model.sageMaker.region}`}, which costs money while it does. It is filled in from the model and its last job.</p>
      <form
        className="stack form-narrow"
        onSubmit={(event) => {
          event.preventDefault()
          setLeft(Object.fromEntries(fieldsOf[kind].map((field) => [field.at, true])))
          if (Object.keys(own).length === 0 && !jsonFault) create.mutate()
        }}
      >
        <Select id="aws-job-kind" labelText="Kind" value={kind} onChange={(event) => void navigate({ to: '.', search: { ...(event.target.value === 'training' && { kind: 'training' }), ...(snapshotId && { snapshot: snapshotId }) } as never, replace: true })}>
          {kinds.map(([value, label]) => <SelectItem key={value} value={value} text={label} />)}
        </Select>
        {fieldsOf[kind].map((field) => (
          <Field key={field.at} field={field} text={fieldText(field, draft.params)} fault={faultOf(field)} leave={() => setLeft({ ...left, [field.at]: true })} change={(text) => { setJson(undefined); set(typed(field, draft.params, text)) }} />
        ))}
        <details className="whole-request">
          <summary>The whole request to AWS</summary>
          <TextArea
            id="aws-job-request" labelText={`Body of ${kind === 'training' ? 'CreateTrainingJob' : 'CreateTransformJob'}`} helperText="What has no field above is written here. The name and the tags are set by Slipway." rows={16} className="mono-area" spellCheck={false}
            value={json ?? JSON.stringify(draft.params, null, 2)} invalid={jsonFault !== undefined} invalidText={jsonFault}
            onChange={(event) => {
              setJson(event.target.value)
              if (!objectFault(event.target.value)) set(JSON.parse(event.target.value) as Params)
            }}
          />
        </details>
        {create.isError && <ProblemView error={create.error} />}
        {elsewhere.length > 0 && <ul className="lines">{elsewhere.map(([pointer, fault]) => <li key={pointer}><code className="mono">{pointer}</code> {fault}</li>)}</ul>}
        <div className="row">
          <Button type="submit" disabled={create.isPending}>Start</Button>
          <Button kind="secondary" disabled={create.isPending} onClick={() => { setJson(undefined); set(defaults) }}>Fill in anew</Button>
          <Button kind="ghost" href={snapshotId ? to.snapshot(snapshotId) : to.model(model.id)}>Cancel</Button>
        </div>
      </form>
    </Page>
  )
}

function objectFault(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'This is no JSON object.'
  } catch (error) {
    return `This is no JSON: ${error instanceof Error ? error.message : 'it cannot be read'}.`
  }
}

function Field({ field, text, fault, leave, change }: { field: AwsField; text: string; fault: string | undefined; leave: () => void; change: (text: string) => void }) {
  const id = `aws-job${field.at.replaceAll('/', '-')}`
  const common = { id, labelText: field.optional && field.is === 'text' ? `${field.label} (optional)` : field.label, invalid: fault !== undefined, invalidText: fault, ...(field.help && { helperText: field.help }), onBlur: leave }
  // Only what is typed here knows lines that are not whole yet.
  const [lines, setLines] = useState<string>()
  switch (field.is) {
    case 'choice':
      return <Select {...common} value={text} onChange={(event) => change(event.target.value)}>{field.choices?.map(([value, label]) => <SelectItem key={value} value={value} text={label} />)}</Select>
    case 'pairs':
      return <TextArea {...common} rows={4} className="mono-area" spellCheck={false} value={lines ?? text} onChange={(event) => { setLines(event.target.value); change(event.target.value) }} onBlur={() => { setLines(undefined); leave() }} />
    default:
      return <TextField {...common} value={text} spellCheck={false} autoComplete="off" {...(field.example && { placeholder: field.example })} {...(field.is === 'number' && { inputMode: 'numeric' as const })} onChange={(event) => change(event.target.value)} />
  }
}
