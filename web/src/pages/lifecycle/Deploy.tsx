/** Files of life cycles, sent; and the report of what cannot run here, element by element. */
import { Modal, Select, SelectItem } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/client'
import { mlcPath } from '../../api/lifecycles'
import { home } from '../../api/paths'
import { sessionQuery } from '../../api/queries'
import type { MlcDeployment, MlcRemark, ProcessDefinition } from '../../api/types'
import { InLink } from '../../components/text'
import { CommandLines, Note, ProblemView } from '../../components/views'
import { shellQuote } from '../../lib/commands'
import { definitionName, type Finding, findings, runnable, runs } from '../../lib/lifecycle'
import { to } from '../../lib/links'
import { asProblem } from '../../lib/problems'
import { count } from '../../lib/operation'
import { groupsToAdd } from '../../lib/rights'

async function deploy(files: readonly File[], group: string): Promise<MlcDeployment> {
  const form = new FormData()
  form.append('deployment-name', files.map((file) => file.name).join(', '))
  form.append('deployment-source', 'page')
  // The same file again changes nothing.
  form.append('enable-duplicate-filtering', 'true')
  if (group) form.append('tenant-id', group)
  files.forEach((file) => form.append(file.name, file, file.name))
  return (await (await call('POST', mlcPath('deployment/create'), { form })).json()) as MlcDeployment
}

export function Deploy({ close }: { close: () => void }) {
  const client = useQueryClient()
  const session = useQuery(sessionQuery).data
  const groups = session ? groupsToAdd(session, 'modelMLCs') : []
  const [files, setFiles] = useState<File[]>([])
  const [group, setGroup] = useState(session?.admin ? '' : (groups[0] ?? ''))
  const send = useMutation({ mutationFn: () => deploy(files, group), onSettled: () => client.invalidateQueries({ queryKey: ['lifecycles'] }) })
  const take = (list: readonly File[]) => {
    send.reset()
    setFiles([...list])
  }
  const done = send.isSuccess
  const strangers = files.filter((file) => !runs(file.name)).map((file) => file.name)
  return (
    <Modal
      open
      size="lg"
      modalHeading="Deploy a life cycle"
      modalAriaLabel="Deploy a life cycle"
      primaryButtonText={done ? 'Done' : 'Deploy'}
      secondaryButtonText={done ? 'Another file' : 'Cancel'}
      primaryButtonDisabled={!done && (files.length === 0 || strangers.length > 0 || send.isPending)}
      onRequestClose={close}
      onSecondarySubmit={() => (done ? take([]) : close())}
      onRequestSubmit={() => (done ? close() : send.mutate())}
    >
      <div className="stack">
        {!done && (
          <>
            <p>A file of the Camunda Modeler: a process (.bpmn) or a decision table (.dmn). Instances that run go on with their version; new ones begin with this one.</p>
            <label className="belongs-file">
              <span className="cds--label">Files</span>
              <input type="file" multiple accept={runnable.join(',')} onChange={(event) => take([...(event.target.files ?? [])])} />
            </label>
            {session && (session.admin || groups.length > 1) && (
              <Select id="lifecycle-group" labelText="Group" helperText="Whose snapshots it is for" value={group} onChange={(event) => setGroup(event.target.value)}>
                {session.admin && <SelectItem value="" text="Everybody" />}
                {(session.admin ? session.groups : groups).map((one) => <SelectItem key={one} value={one} text={one} />)}
              </Select>
            )}
          </>
        )}
        {strangers.length > 0 && (
          <Note tone="warning" title={`Nothing of ${strangers.join(', ')} would run`}>
            <p>Processes are files called .bpmn, decisions .dmn. Choose another file.</p>
          </Note>
        )}
        {send.isError && <Refused error={send.error} />}
        {done && <Deployed deployment={send.data} />}
        {files.length > 0 && strangers.length === 0 && !done && <CommandLines commands={commands(files, group)} />}
      </div>
    </Modal>
  )
}

function commands(files: readonly File[], group: string) {
  const names = files.map((file) => shellQuote(file.name))
  const cli = names.map((name) => `slipway lifecycle deploy ${name}${group ? ` --group ${shellQuote(group)}` : ''}`).join(' && ')
  const form = [...(group ? [`-F tenant-id=${shellQuote(group)}`] : []), ...names.map((name) => `-F ${name}=@${name}`)].join(' ')
  return { cli, curl: `curl -X POST -H "Authorization: Bearer $SLIPWAY_TOKEN" ${form} ${shellQuote(home + mlcPath('deployment/create'))}` }
}

function Refused({ error }: { error: unknown }) {
  const all = findings(asProblem(error).errors ?? [])
  if (all.length === 0) return <ProblemView error={error} />
  return (
    <div className="problem" role="alert">
      <h2>Not deployed: {count(all.length, 'element')} cannot run here</h2>
      <p>Nothing was changed. Mend them in the Modeler, then choose the file again.</p>
      <Findings all={all} />
    </div>
  )
}

function Findings({ all }: { all: readonly Finding[] }) {
  return (
    <div className="table-scroll" role="region" aria-label="What cannot run here" tabIndex={0}>
      <table className="plain-table" aria-label="What cannot run here">
        <thead><tr><th scope="col">Element</th><th scope="col">What is there</th><th scope="col">Instead</th></tr></thead>
        <tbody>
          {all.map((one, index) => (
            <tr key={`${one.element}${index}`}>
              <th scope="row"><code className="mono">{one.element || 'the file'}</code></th>
              <td data-label="What is there">{one.found}</td>
              <td data-label="Instead">{one.instead}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const definitionsOf = (deployment: MlcDeployment) => (['deployedProcessDefinitions', 'deployedDecisionDefinitions'] as const).map((kind) => Object.values((deployment[kind] ?? {}) as Record<string, ProcessDefinition>))

function Deployed({ deployment }: { deployment: MlcDeployment }) {
  const [processes = [], decisions = []] = definitionsOf(deployment)
  const remarks = deployment.remarks ?? []
  return (
    <>
      <Note tone="info" title={deployment.existing ? 'It was deployed already' : 'Deployed'}>
        {deployment.existing && <p>The same file is there under this name. Nothing was changed.</p>}
        <ul className="plain">
          {processes.map((one) => <li key={one.id}><InLink href={to.lifecycle(one.id)}>{definitionName(one)}</InLink>, version {one.version}</li>)}
          {decisions.map((one) => <li key={one.id}>{definitionName(one)}, decision table, version {one.version}</li>)}
        </ul>
      </Note>
      {remarks.length > 0 && <Remarks all={remarks} />}
    </>
  )
}

function Remarks({ all }: { all: readonly MlcRemark[] }) {
  return (
    <div className="problem" data-tone="warning" role="status">
      <h2>It runs, but know this</h2>
      <ul className="plain stack-tight">
        {all.map((one, index) => <li key={index}>{one.elementId && <code className="mono">{one.elementId}</code>} {one.message}{one.line ? <span className="note"> (line {one.line})</span> : null}</li>)}
      </ul>
    </div>
  )
}
