import { Modal, Select, SelectItem, TextArea } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { registry } from '../../api/paths'
import { listQuery } from '../../api/queries'
import type { DeployableModel, Runtime, StoredModel } from '../../api/types'
import { TextField } from '../../components/fields'
import { tagsHelp } from '../../components/MetadataEditor'
import { ProblemView } from '../../components/views'
import { to } from '../../lib/links'
import { fieldErrors } from '../../lib/problems'
import { splitWords } from '../../lib/words'

export function CreateSnapshot({ model, close }: { model: StoredModel; close: () => void }) {
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [tags, setTags] = useState('')
  const [target, setTarget] = useState('')
  const [wishes] = useState(keyKeeper)
  const engineType = model.modelMetaData.type === 'SAGEMAKER' ? 'SAGEMAKER_RUNTIME' : 'SPARK_RUNTIME'
  const runtimes = useQuery(listQuery<Runtime>('runtimes', { filter: `engineType:${engineType}`, sort: 'name', size: 100 })).data?.items ?? []
  const create = useMutation({
    mutationFn: () => {
      const metaData = { ...(name.trim() && { name: name.trim() }), ...(description.trim() && { description: description.trim() }), tags: splitWords(tags) }
      const chosen = runtimes.find((one) => one.id === target)
      const body = { storedModel: { id: model.id }, metaData, ...(chosen && { targetRuntimes: [{ id: chosen.id, engineType: chosen.engineType, name: chosen.name }] }) }
      return send<DeployableModel>('POST', `${registry}/deployableModels`, { body, idempotencyKey: wishes.of(body) })
    },
    onSettled: (_, error) => wishes.settled(error),
    onSuccess: ({ data }) => {
      void client.invalidateQueries({ queryKey: ['deployableModels'] })
      close()
      window.location.hash = to.snapshot(data.id)
    },
  })
  const faults = create.isError ? fieldErrors(create.error) : {}
  return (
    <Modal
      open
      modalHeading={`Create Snapshot of ${model.modelMetaData.name ?? 'the model'}`}
      modalAriaLabel="Create Snapshot"
      primaryButtonText="Create"
      secondaryButtonText="Cancel"
      primaryButtonDisabled={create.isPending}
      selectorPrimaryFocus="#snapshot-name"
      onRequestClose={close}
      onRequestSubmit={() => create.mutate()}
    >
      <div className="stack">
        <p className="note">A snapshot is the model as it is now, for good: its files, its metadata. Only snapshots are tested, approved and deployed.</p>
        {create.isError && <ProblemView error={create.error} />}
        <TextField id="snapshot-name" labelText="Name" helperText="Left empty, it is called after the model and the time" value={name} invalid={'/metaData/name' in faults} invalidText={faults['/metaData/name']} onChange={(event) => setName(event.target.value)} />
        <TextArea id="snapshot-description" labelText="Description" rows={2} value={description} onChange={(event) => setDescription(event.target.value)} />
        <TextField id="snapshot-tags" labelText="Tags" helperText={tagsHelp} value={tags} onChange={(event) => setTags(event.target.value)} />
        <Select id="snapshot-target" labelText="Target runtime" helperText={runtimes.length === 0 ? 'No runtime of this kind is known yet; the snapshot needs none.' : 'Where it is meant to run; it can run elsewhere too'} value={target} onChange={(event) => setTarget(event.target.value)}>
          <SelectItem value="" text="None in particular" />
          {runtimes.map((one) => <SelectItem key={one.id} value={one.id} text={one.name} />)}
        </Select>
      </div>
    </Modal>
  )
}
