/** The wizard: where from, which model, what belongs to it; then the import has its own page. */
import { Button, InlineLoading, ProgressIndicator, ProgressStep } from '@carbon/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiError, send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { home, registry, sageMaker } from '../../api/paths'
import type { Operation, StoredModel } from '../../api/types'
import { useDraft, useNarrow } from '../../components/hooks'
import type { Keys } from '../../components/KeyFields'
import { Page, ProblemView } from '../../components/views'
import { embeddedAsset, readSchema, type SchemaText } from '../../lib/assets'
import { importCommands } from '../../lib/commands'
import { to } from '../../lib/links'
import type { Search } from '../../lib/listState'
import { fieldErrors } from '../../lib/problems'
import { assetsOf, schemasOf, type Source } from '../../lib/source'
import { splitWords } from '../../lib/words'
import { Belongs } from './Belongs'
import { ByHand } from './ByHand'
import { type Draft, emptyDraft, externalAssets, importRequest, stepFault, steps } from './draft'
import { FromSageMaker } from './FromSageMaker'
import { FromSource } from './FromSource'
import { WhereFrom } from './WhereFrom'

/** Refused keys and unknown models; what belongs to it is another step's matter. */
function isOfModel(error: unknown): boolean {
  const pointers = Object.keys(fieldErrors(error))
  if (pointers.length > 0) return pointers.every((pointer) => /^\/(credentials|credentialId|region|modelName)\b/.test(pointer))
  return error instanceof ApiError && (error.status === 404 || error.status === 422)
}

export function AddModelPage() {
  const search = useSearch({ strict: false }) as Search
  const navigate = useNavigate()
  const client = useQueryClient()
  const narrow = useNarrow()
  const step = Math.min(2, Math.max(0, Number(search.step ?? '1') - 1 || 0))
  const [draft, keepDraft, clear] = useDraft<Draft>('slipway-add-model', emptyDraft)
  const [shown, keep, forget] = useDraft<Pick<Keys, 'region' | 'accessKeyId'>>('slipway-add-keys', { region: '', accessKeyId: '' })
  const [secrets, setSecrets] = useState<Pick<Keys, 'secretAccessKey' | 'sessionToken'>>({ secretAccessKey: '', sessionToken: '' })
  const keys: Keys = { ...shown, ...secrets }
  const changeKeys = ({ secretAccessKey, sessionToken, ...rest }: Partial<Keys>) => {
    keep(rest)
    setSecrets((before) => ({ ...before, ...(secretAccessKey !== undefined && { secretAccessKey }), ...(sessionToken !== undefined && { sessionToken }) }))
  }
  const [files, setFiles] = useState<Record<string, File>>({})
  const [schemaText, setSchemaText] = useState<SchemaText>({ name: '', text: '' })
  const { schema, fault: schemaFault } = readSchema(schemaText)
  const [source, setSource] = useState<Source>()
  const [wishes] = useState(keyKeeper)
  const go = (next: number) => void navigate({ to: '.', search: { step: String(next + 1) } as never })
  const assets = async () => [...externalAssets(draft), ...(await Promise.all(Object.entries(files).map(([role, file]) => embeddedAsset(role, file))))]
  const finish = useMutation({
    mutationFn: async (): Promise<string> => {
      if (draft.source !== 'sagemaker') {
        const read = draft.source === 'source' && source ? { type: 'PYSPARK', ...schemasOf(source) } : { type: draft.type }
        const body = {
          ...(draft.group && { group: draft.group }),
          modelMetaData: { name: draft.modelName.trim(), description: draft.description, tags: splitWords(draft.tags), ...read, ...(schema && { inputSchema: [schema] }) },
          modelAssets: [...(draft.source === 'source' && source ? assetsOf(source, draft.primary) : []), ...(await assets())],
        }
        return to.model((await send<StoredModel>('POST', `${registry}/storedModels`, { body, idempotencyKey: wishes.of(body) })).data.id)
      }
      const body = importRequest(draft, keys, await assets(), schema)
      return to.import((await send<Operation>('POST', `${sageMaker}/imports`, { body, idempotencyKey: wishes.of(body) })).data.id)
    },
    onSuccess: (address) => {
      for (const name of ['storedModels', 'operations', 'credentials']) void client.invalidateQueries({ queryKey: [name] })
      clear()
      forget()
      window.location.hash = address
    },
    onSettled: (_, error) => wishes.settled(error),
    // What AWS refuses is mended where it was entered.
    onError: (error) => isOfModel(error) && go(1),
  })
  // What an attempt came to is told until what it was about is changed.
  const settle = () => finish.isError && finish.reset()
  const change = (part: Partial<Draft>) => {
    settle()
    keepDraft(part)
  }
  const setKeys = (part: Partial<Keys>) => {
    settle()
    changeKeys(part)
  }
  const fault = stepFault(draft, keys, step, source) ?? (step === 2 && schemaFault ? 'Mend the schema, or empty its field.' : undefined)
  const last = step === 2
  const running = finish.error instanceof ApiError ? finish.error.problem.operation : undefined
  const commandRequest = { modelName: draft.modelName, ...(draft.region && { region: draft.region }), ...(draft.group && { group: draft.group }), ...(draft.credentialId && !draft.entered && { credentialId: draft.credentialId }), ...(draft.deep && { deep: true }) }
  return (
    <Page title="Add Business Model" crumbs={[{ label: 'Business Models', href: to.models() }]} {...(draft.source !== 'hand' && { commands: draft.source === 'source' ? { cli: 'slipway model add PATH' } : importCommands(home, `${sageMaker}/imports`, commandRequest) })}>
      <div className="wizard-progress">
        {narrow ? <p className="wizard-step">Step {step + 1} of {steps.length}: <strong>{steps[step]}</strong></p> : <ProgressIndicator currentIndex={step} spaceEqually onChange={(index) => index < step && go(index)}>
          {steps.map((label, index) => <ProgressStep key={label} label={index === 3 && draft.source !== 'sagemaker' ? 'Done' : label} disabled={index > step} />)}
        </ProgressIndicator>}
      </div>
      <form
        className="stack form-narrow"
        onSubmit={(event) => {
          event.preventDefault()
          if (fault) return
          if (last) finish.mutate()
          else go(step + 1)
        }}
      >
        {step === 0 && <WhereFrom draft={draft} change={change} />}
        {step === 1 && draft.source === 'sagemaker' && <FromSageMaker draft={draft} change={change} keys={keys} setKeys={setKeys} error={finish.error} />}
        {step === 1 && draft.source === 'source' && <FromSource draft={draft} change={change} source={source} setSource={setSource} />}
        {step === 1 && draft.source === 'hand' && <ByHand draft={draft} change={change} />}
        {step === 2 && <Belongs draft={draft} change={change} files={files} setFiles={setFiles} schema={schemaText} setSchema={setSchemaText} />}
        {finish.isError && <ProblemView error={finish.error} />}
        {running && <p><a className="cds--link" href={to.import(running.id)}>Watch the import that runs already</a></p>}
        <div className="row">
          <Button type="submit" disabled={fault !== undefined || finish.isPending} {...(fault && { 'aria-describedby': 'step-fault' })}>{last ? (draft.source === 'sagemaker' ? 'Import' : 'Add') : 'Next'}</Button>
          {finish.isPending && <InlineLoading description={draft.source === 'sagemaker' ? 'AWS is asked for the model' : 'Adding'} />}
          {step > 0 && <Button kind="secondary" onClick={() => go(step - 1)}>Back</Button>}
          <Button kind="ghost" href={to.models()}>Cancel</Button>
        </div>
        {fault && <p id="step-fault" className="note">{fault}</p>}
      </form>
    </Page>
  )
}
