import { Checkbox, Modal, Select, SelectItem, TextArea } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { registry } from '../../api/paths'
import { listQuery } from '../../api/queries'
import type { DeployableModel, Runtime, StoredModel } from '../../api/types'
import { TextField } from '../../components/fields'
import { tagsHelp } from '../../components/MetadataEditor'
import { CommandLines, ProblemView } from '../../components/views'
import { type ConfigurationDraft, configurationFaults, configurationOf, noConfiguration, snapshotLine } from '../../lib/configuration'
import { to } from '../../lib/links'
import { fieldErrors } from '../../lib/problems'
import { splitWords } from '../../lib/words'

export function CreateSnapshot({ model, close }: { model: StoredModel; close: () => void }) {
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [tags, setTags] = useState('')
  const [target, setTarget] = useState('')
  const [wanted, setWanted] = useState<ConfigurationDraft>(noConfiguration)
  const inAws = model.sageMaker !== undefined
  const [wishes] = useState(keyKeeper)
  const runtimes = useQuery({ ...listQuery<Runtime>('runtimes', { filter: 'engineType:SPARK_RUNTIME', sort: 'name', size: 100 }), enabled: !inAws }).data?.items ?? []
  const create = useMutation({
    mutationFn: () => {
      const metaData = { ...(name.trim() && { name: name.trim() }), ...(description.trim() && { description: description.trim() }), tags: splitWords(tags) }
      const chosen = runtimes.find((one) => one.id === target)
      const body = { storedModel: { id: model.id }, metaData, ...(wanted.made && { sageMaker: configurationOf(wanted) }), ...(chosen && { targetRuntimes: [{ id: chosen.id, engineType: chosen.engineType, name: chosen.name }] }) }
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
  const own = configurationFaults(wanted)
  return (
    <Modal
      open
      modalHeading={`Create Snapshot of ${model.modelMetaData.name ?? 'the model'}`}
      modalAriaLabel="Create Snapshot"
      primaryButtonText="Create"
      secondaryButtonText="Cancel"
      primaryButtonDisabled={create.isPending || Object.keys(own).length > 0}
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
        {inAws && <Configuration wanted={wanted} own={own} told={faults} refused={model.sageMaker?.gone === true} change={(part) => { if (create.isError) create.reset(); setWanted({ ...wanted, ...part }) }} />}
        {!inAws && <Select id="snapshot-target" labelText="Target runtime" helperText={runtimes.length === 0 ? 'No runtime of this kind is known yet; the snapshot needs none.' : 'Where it is meant to run; it can run elsewhere too'} value={target} onChange={(event) => setTarget(event.target.value)}>
          <SelectItem value="" text="None in particular" />
          {runtimes.map((one) => <SelectItem key={one.id} value={one.id} text={one.name} />)}
        </Select>}
        {inAws && <CommandLines commands={{ cli: snapshotLine(model, name, wanted) }} />}
      </div>
    </Modal>
  )
}

interface ConfigurationProps {
  wanted: ConfigurationDraft
  own: Record<string, string>
  told: Record<string, string>
  refused: boolean
  change: (part: Partial<ConfigurationDraft>) => void
}

/** An endpoint configuration that the snapshot stands for; without it one is made with the first deployment. */
function Configuration({ wanted, own, told, refused, change }: ConfigurationProps) {
  const field = (key: 'configuration' | 'instanceType' | 'instanceCount', pointer: string) => {
    const fault = own[key] ?? told[pointer]
    return { id: `snapshot-${key}`, value: wanted[key], invalid: fault !== undefined, invalidText: fault, autoComplete: 'off', spellCheck: false, onChange: (event: { target: { value: string } }) => change({ [key]: event.target.value }) }
  }
  return (
    <>
      <Checkbox id="snapshot-configuration-made" labelText="Make an endpoint configuration in AWS" helperText={refused ? 'AWS no longer has this model.' : 'It costs nothing; an endpoint of it is made once it is deployed. Otherwise one is made with the first deployment.'} disabled={refused} checked={wanted.made} onChange={(_, { checked }) => change({ made: checked })} />
      {wanted.made && (
        <>
          <TextField {...field('configuration', '/sageMaker/name')} labelText="Name in AWS (optional)" helperText="Left empty, it is made from the model's name" />
          <div className="deploy-instances">
            <TextField {...field('instanceType', '/sageMaker/productionVariants/0/InstanceType')} labelText="Instance type (optional)" helperText="Left empty, the server's usual type" placeholder="ml.m5.large" />
            <TextField {...field('instanceCount', '/sageMaker/productionVariants/0/InitialInstanceCount')} labelText="Instances (optional)" helperText="Left empty, the server's usual number" inputMode="numeric" />
          </div>
        </>
      )}
    </>
  )
}
