/** A job of a snapshot: what to run, where, on which data. */
import { Button, RadioButton, RadioButtonGroup, Select, SelectItem, TextArea } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { home, registry } from '../../api/paths'
import { listQuery, objectQuery } from '../../api/queries'
import type { DeployableModel, EngineSelector, Job, Runtime } from '../../api/types'
import { TextField } from '../../components/fields'
import { useDraft } from '../../components/hooks'
import { Page, PageSkeleton, ProblemView, Unavailable } from '../../components/views'
import { embeddedAsset } from '../../lib/assets'
import { curl, shellQuote } from '../../lib/commands'
import { to } from '../../lib/links'
import { draftFault, type JobDraft, jobRequest, jobTypes, parseParameters, runtimesFor } from '../../lib/newJob'
import { wordOf } from '../../lib/status'
import { size } from '../../lib/time'
import { Addresses } from './Addresses'

export function NewJobPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const snapshot = useQuery(objectQuery<DeployableModel>('deployableModels', id))
  if (snapshot.isPending) return <PageSkeleton />
  if (!snapshot.data) return <Unavailable title="New job" crumbs={[{ label: 'Business Models', href: to.models() }]} error={snapshot.error} retry={() => void snapshot.refetch()} />
  return <NewJob snapshot={snapshot.data.data} />
}

/** Test data of the snapshot is what a first job usually runs on. */
function firstDraft(snapshot: DeployableModel): JobDraft {
  const assets = (snapshot.storedModel as { modelAssets?: { assetRole?: string; fileUrl?: string }[] }).modelAssets ?? []
  const known = assets.find((asset) => asset.assetRole === 'TEST_DATA' && asset.fileUrl)?.fileUrl
  return { type: 'MODEL_BATCH_JOB', runtimeId: '', inputs: [known ?? ''], outputs: [''], kept: '', parameters: '' }
}

function NewJob({ snapshot }: { snapshot: DeployableModel }) {
  const client = useQueryClient()
  const [written, change, clear] = useDraft<JobDraft>(`slipway-new-job-${snapshot.id}`, firstDraft(snapshot))
  const runtimes = useQuery(listQuery<Runtime>('runtimes', { filter: 'engineType:SPARK_RUNTIME', sort: 'name', size: 100 }))
  const { usable, meant, several } = runtimesFor(snapshot as { group: string; targetRuntimes?: EngineSelector[] }, runtimes.data?.items ?? [])
  // One that was removed since it was chosen is chosen no more, and none is chosen in its place. What is not known yet stays as it was written.
  const gone = runtimes.data !== undefined && written.runtimeId !== '' && !usable.some((one) => one.id === written.runtimeId)
  const chosen = gone ? '' : written.runtimeId || (meant ?? '')
  const draft = { ...written, runtimeId: chosen }
  const [wishes] = useState(keyKeeper)
  const [tried, setTried] = useState(false)
  const [files, setFiles] = useState<File[]>([])
  const name = snapshot.metaData.name ?? snapshot.id
  // What is shown as a command names the files; their content is read when it is sent.
  const shown = jobRequest(draft, snapshot.id, snapshot.group, files.map((file) => ({ assetType: 'FILE', name: file.name, filename: file.name, fileContent: '…' })))
  const create = useMutation({
    mutationFn: async () => {
      const body = jobRequest(draft, snapshot.id, snapshot.group, await Promise.all(files.map((file) => embeddedAsset('', file))))
      return send<Job>('POST', `${registry}/jobs`, { body, idempotencyKey: wishes.of(body) })
    },
    onSuccess: ({ data }) => {
      void client.invalidateQueries({ queryKey: ['jobs'] })
      clear()
      window.location.hash = to.job(data.id)
    },
    onSettled: (_, error) => wishes.settled(error),
  })
  const fault = draftFault(draft, files, several || gone)
  const metrics = draft.type === 'MODEL_BATCH_TEST_JOB'
  return (
    <Page title="New job" crumbs={[{ label: 'Business Models', href: to.models() }, { label: name, href: to.snapshot(snapshot.id) }]} commands={{ cli: `printf %s ${shellQuote(JSON.stringify(shown))} | slipway job create -`, curl: curl(home, `${registry}/jobs`, 'POST', shown) }}>
      <form
        className="stack form-narrow new-job"
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (!fault) create.mutate()
        }}
      >
        <RadioButtonGroup legendText="What to run" name="job-type" orientation="vertical" valueSelected={draft.type} onChange={(value) => change({ type: value as JobDraft['type'] })}>
          {jobTypes.map(([value, label, why]) => <RadioButton key={value} id={`job-${value}`} value={value} labelText={<span className="row"><span>{label}</span><span className="note">{why}</span></span>} />)}
        </RadioButtonGroup>
        <Select id="job-runtime" labelText="Runtime" value={chosen} helperText={usable.length === 0 && runtimes.data ? 'No Spark runtime has enrolled yet. The job waits until one does.' : meant && chosen === meant ? 'The one that the snapshot is meant for.' : 'Where it runs; any takes it when there is only one.'} invalid={tried && several && !chosen} invalidText="Choose one: the group has several." onChange={(event) => change({ runtimeId: event.target.value })}>
          {(!meant || chosen === '') && <SelectItem value="" text={several ? 'Choose a runtime' : 'The Spark runtime of the group'} />}
          {usable.map((one) => <SelectItem key={one.id} value={one.id} text={`${one.name} (${wordOf(one.state)})`} />)}
        </Select>
        {runtimes.isError && <ProblemView error={runtimes.error} retry={() => void runtimes.refetch()} />}
        <Addresses label="Input" note="Leave it empty where the model finds its data by itself, in a table for example." addresses={draft.inputs} example="hdfs:///demo/test.csv" change={(inputs) => change({ inputs })} />
        <Files files={files} change={setFiles} />
        <Addresses label={metrics ? 'Output (optional)' : 'Output'} addresses={draft.outputs} example="hdfs:///demo/out.csv" change={(outputs) => change({ outputs })} />
        <TextField id="job-kept" labelText="Kept with the job (optional)" helperText="Names of files that the model writes and that come back into the job, separated by commas: result.csv" spellCheck={false} value={draft.kept} onChange={(event) => change({ kept: event.target.value })} />
        <TextArea
          id="job-parameters" labelText="Parameters (optional)" rows={4} className="mono-area" spellCheck={false} placeholder={'--executor-memory 512m\nspark.cores.max=2'}
          helperText="Options of spark-submit, one a line. They count for this job only." value={draft.parameters} onChange={(event) => change({ parameters: event.target.value })}
          invalid={parseParameters(draft.parameters).fault !== undefined} invalidText={parseParameters(draft.parameters).fault}
        />
        {tried && fault && <p className="problem" role="alert">{fault}</p>}
        {create.isError && <ProblemView error={create.error} />}
        <div className="row">
          <Button type="submit" disabled={create.isPending || (!runtimes.data && chosen === '')}>Start</Button>
          <Button kind="ghost" href={to.snapshot(snapshot.id)}>Cancel</Button>
        </div>
      </form>
    </Page>
  )
}

/** Files that go along in the job itself; a reload forgets them. */
function Files({ files, change }: { files: File[]; change: (files: File[]) => void }) {
  return (
    <div className="job-files">
      <label className="belongs-file">
        <span className="note">or files of this machine, which go along with the job</span>
        <input type="file" multiple aria-label="Input: files of this machine" onChange={(event) => { change([...files, ...(event.target.files ?? [])]); event.target.value = '' }} />
      </label>
      {files.length > 0 && (
        <ul className="lines" aria-label="Files that go along">
          {files.map((file, index) => <li key={`${file.name}${index}`} className="row"><span>{file.name}, {size(file.size)}</span><Button kind="ghost" size="sm" onClick={() => change(files.filter((_, at) => at !== index))}>Remove</Button></li>)}
        </ul>
      )}
    </div>
  )
}
