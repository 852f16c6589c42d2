/** The wizard: where from, which model, what belongs to it; then the import has its own page. */
import { Button, ProgressIndicator, ProgressStep } from '@carbon/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiError, send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { home, registry, sageMaker } from '../../api/paths'
import type { DataSchema, Operation, StoredModel } from '../../api/types'
import { useDraft, useNarrow } from '../../components/hooks'
import { type Keys, noKeys } from '../../components/KeyFields'
import { Page, ProblemView } from '../../components/views'
import { embeddedAsset } from '../../lib/assets'
import { importCommands } from '../../lib/commands'
import { to } from '../../lib/links'
import type { Search } from '../../lib/listState'
import { splitWords } from '../../lib/words'
import { Belongs } from './Belongs'
import { ByHand } from './ByHand'
import { type Draft, emptyDraft, externalAssets, importRequest, stepReady, steps } from './draft'
import { FromSageMaker } from './FromSageMaker'
import { WhereFrom } from './WhereFrom'

export function AddModelPage() {
  const search = useSearch({ strict: false }) as Search
  const navigate = useNavigate()
  const client = useQueryClient()
  const narrow = useNarrow()
  const step = Math.min(2, Math.max(0, Number(search.step ?? '1') - 1 || 0))
  const [draft, change, clear] = useDraft<Draft>('slipway-add-model', emptyDraft)
  const [keys, setKeys] = useState<Keys>(noKeys)
  const [files, setFiles] = useState<Record<string, File>>({})
  const [schema, setSchema] = useState<DataSchema>()
  const [wishes] = useState(keyKeeper)
  const go = (next: number) => void navigate({ to: '.', search: { step: String(next + 1) } as never })
  const assets = async () => [...externalAssets(draft), ...(await Promise.all(Object.entries(files).map(([role, file]) => embeddedAsset(role, file))))]
  const finish = useMutation({
    mutationFn: async (): Promise<string> => {
      if (draft.source === 'hand') {
        const body = {
          ...(draft.group && { group: draft.group }),
          modelMetaData: { name: draft.modelName.trim(), type: draft.type, description: draft.description, tags: splitWords(draft.tags), ...(schema && { inputSchema: [schema] }) },
          modelAssets: await assets(),
        }
        return to.model((await send<StoredModel>('POST', `${registry}/storedModels`, { body, idempotencyKey: wishes.of(body) })).data.id)
      }
      const body = importRequest(draft, keys, await assets(), schema)
      return to.import((await send<Operation>('POST', `${sageMaker}/imports`, { body, idempotencyKey: wishes.of(body) })).data.id)
    },
    onSuccess: (address) => {
      for (const name of ['storedModels', 'operations', 'credentials']) void client.invalidateQueries({ queryKey: [name] })
      clear()
      window.location.hash = address
    },
    onSettled: (_, error) => wishes.settled(error),
  })
  const ready = stepReady(draft, keys, step)
  const last = step === 2
  const running = finish.error instanceof ApiError ? finish.error.problem.operation : undefined
  const commandRequest = { modelName: draft.modelName, ...(draft.region && { region: draft.region }), ...(draft.group && { group: draft.group }), ...(draft.credentialId && !draft.entered && { credentialId: draft.credentialId }), ...(draft.deep && { deep: true }) }
  return (
    <Page title="Add Business Model" crumbs={[{ label: 'Business Models', href: to.models() }]} {...(draft.source === 'sagemaker' && { commands: importCommands(home, `${sageMaker}/imports`, commandRequest) })}>
      <div className="wizard-progress">
        <ProgressIndicator currentIndex={step} {...(narrow ? { vertical: true } : { spaceEqually: true })} onChange={(index) => index < step && go(index)}>
          {steps.map((label, index) => <ProgressStep key={label} label={index === 3 && draft.source === 'hand' ? 'Done' : label} disabled={index > step} />)}
        </ProgressIndicator>
      </div>
      <form
        className="stack form-narrow"
        onSubmit={(event) => {
          event.preventDefault()
          if (!ready) return
          if (last) finish.mutate()
          else go(step + 1)
        }}
      >
        {step === 0 && <WhereFrom draft={draft} change={change} />}
        {step === 1 && draft.source === 'sagemaker' && <FromSageMaker draft={draft} change={change} keys={keys} setKeys={(part) => setKeys((before) => ({ ...before, ...part }))} error={finish.error} />}
        {step === 1 && draft.source === 'hand' && <ByHand draft={draft} change={change} />}
        {step === 2 && <Belongs draft={draft} change={change} files={files} setFiles={setFiles} schema={schema} setSchema={setSchema} />}
        {finish.isError && <ProblemView error={finish.error} />}
        {running && <p><a className="cds--link" href={to.import(running.id)}>Watch the import that runs already</a></p>}
        <div className="row">
          <Button type="submit" disabled={!ready || finish.isPending}>{last ? (draft.source === 'hand' ? 'Add' : 'Import') : 'Next'}</Button>
          {step > 0 && <Button kind="secondary" onClick={() => go(step - 1)}>Back</Button>}
          <Button kind="ghost" href={to.models()}>Cancel</Button>
        </div>
      </form>
    </Page>
  )
}
