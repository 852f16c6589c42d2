/** A PySpark model from a program or a folder of this machine. */
import { Select, SelectItem, TextArea } from '@carbon/react'
import { useState } from 'react'
import { tagsHelp } from '../../components/MetadataEditor'
import { TextField } from '../../components/fields'
import { count } from '../../lib/operation'
import { readSource, roleOf, type Source, sourceDoubts } from '../../lib/source'
import { typeName } from '../../lib/status'
import type { Draft } from './draft'

interface Props {
  draft: Draft
  change: (part: Partial<Draft>) => void
  source: Source | undefined
  setSource: (source: Source | undefined) => void
}

/** What a browser tells of chosen files: below the folder, when one was chosen. */
async function read(list: FileList): Promise<Source> {
  const all = [...list]
  const folder = all[0]?.webkitRelativePath.split('/')[0]
  const files = await Promise.all(all.map(async (file) => ({ path: file.webkitRelativePath.split('/').slice(1).join('/') || file.name, bytes: new Uint8Array(await file.arrayBuffer()) })))
  const program = files.find((file) => file.path.endsWith('.py'))?.path ?? ''
  return readSource(folder || program.replace(/\.py$/, ''), files)
}

export function FromSource({ draft, change, source, setSource }: Props) {
  const [fault, setFault] = useState<string>()
  const take = async (list: FileList | null) => {
    setFault(undefined)
    if (!list || list.length === 0) return
    try {
      const found = await read(list)
      setSource(found)
      change({ modelName: draft.modelName || found.name, primary: found.primary ?? '' })
    } catch (error) {
      setFault(`The files cannot be read: ${error instanceof Error ? error.message : 'nothing says why'}.`)
    }
  }
  return (
    <>
      <div className="belongs">
        <label className="belongs-file">
          <span className="cds--label">Program, with files beside it</span>
          <input type="file" multiple onChange={(event) => void take(event.target.files)} />
        </label>
        <label className="belongs-file">
          <span className="cds--label">Or its whole folder</span>
          <input type="file" multiple {...{ webkitdirectory: '' }} onChange={(event) => void take(event.target.files)} />
        </label>
        <p className="cds--form__helper-text">At most 16 MiB together. A reload of the page forgets the choice.</p>
        {fault && <p className="note" role="alert">{fault}</p>}
      </div>
      {source && <Found source={source} primary={draft.primary} choose={(primary) => change({ primary })} />}
      <TextField id="model-name" labelText="Name" required value={draft.modelName} onChange={(event) => change({ modelName: event.target.value })} />
      <TextArea id="model-description" labelText="Description" rows={3} value={draft.description} onChange={(event) => change({ description: event.target.value })} />
      <TextField id="model-tags" labelText="Tags" helperText={tagsHelp} value={draft.tags} onChange={(event) => change({ tags: event.target.value })} />
    </>
  )
}

function Found({ source, primary, choose }: { source: Source; primary: string; choose: (program: string) => void }) {
  return (
    <>
      {source.programs.length > 0 && (
        <Select id="model-primary" labelText="Program that runs" helperText="Its functions are named by # modelop.score, # modelop.metrics and # modelop.train above them" value={primary} onChange={(event) => choose(event.target.value)}>
          <SelectItem value="" text="Choose one" />
          {source.programs.map((program) => <SelectItem key={program} value={program} text={program} />)}
        </Select>
      )}
      {sourceDoubts(source, primary).map((doubt) => <p key={doubt} className="note" role="status">{doubt}</p>)}
      {source.leftOut.length > 0 && (
        <details open={source.leftOut.some((one) => one.key)}>
          <summary className="note">{source.leftOut.length} left out, on this machine</summary>
          <ul className="plain">
            {source.leftOut.map((one) => <li key={one.path} className="note"><code className="mono">{one.path}</code> {one.reason}</li>)}
          </ul>
        </details>
      )}
      <details>
        <summary className="note">{count(source.files.length, 'file')}</summary>
        <ul className="plain">
          {source.files.map((file) => <li key={file.path} className="note"><code className="mono">{file.path}</code> {/\.py$/i.test(file.path) ? 'program' : /\.avsc$/i.test(file.path) ? 'schema' : typeName(roleOf(file.path))}</li>)}
        </ul>
      </details>
    </>
  )
}
