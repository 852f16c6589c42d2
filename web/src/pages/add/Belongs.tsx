/** Group, documentation, schema, data and comparator; all optional, each with why it matters. */
import { Checkbox, Select, SelectItem, TextArea } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { sessionQuery } from '../../api/queries'
import { TextField } from '../../components/fields'
import { addressFaultOf, isS3Only, largestEmbedded, looked, readSchema, type SchemaText, schemaWhy } from '../../lib/assets'
import { groupsToAdd } from '../../lib/rights'
import type { Draft } from './draft'

interface Props {
  draft: Draft
  change: (part: Partial<Draft>) => void
  files: Record<string, File>
  setFiles: (files: Record<string, File>) => void
  schema: SchemaText
  setSchema: (schema: SchemaText) => void
}

export function Belongs({ draft, change, files, setFiles, schema, setSchema }: Props) {
  return (
    <>
      <p className="note">All of this can be added later. What is here before the import is there when its life cycles start.</p>
      <GroupField draft={draft} change={change} />
      {looked.map((one) => (
        <AssetField
          key={one.role}
          {...one}
          s3Only={isS3Only(one.role, draft.source === 'sagemaker')}
          address={draft.addresses[one.role] ?? ''}
          file={files[one.role]}
          setAddress={(address) => change({ addresses: { ...draft.addresses, [one.role]: address } })}
          setFile={(file) => {
            const { [one.role]: _, ...rest } = files
            setFiles(file ? { ...rest, [one.role]: file } : rest)
          }}
        />
      ))}
      <SchemaField schema={schema} setSchema={setSchema} />
      {draft.source === 'sagemaker' && <Checkbox id="import-deep" labelText="Look also for jobs and configurations that are older than the model" helperText="Takes more calls to AWS. Needed where a model was made anew under its old name." checked={draft.deep} onChange={(_, { checked }) => change({ deep: checked })} />}
    </>
  )
}

function GroupField({ draft, change }: Pick<Props, 'draft' | 'change'>) {
  const { data: session } = useQuery(sessionQuery)
  if (!session || session.admin || session.groups.length === 0) {
    return <TextField id="model-group" labelText="Group" helperText="Who may see it. Left empty, the server's own group counts" value={draft.group} onChange={(event) => change({ group: event.target.value.trim() })} />
  }
  const groups = groupsToAdd(session, 'storedModels')
  return (
    <Select id="model-group" labelText="Group" helperText="Who may see it" value={draft.group || groups[0]} onChange={(event) => change({ group: event.target.value })}>
      {groups.map((group) => <SelectItem key={group} value={group} text={group} />)}
    </Select>
  )
}

interface AssetProps {
  role: string
  label: string
  why: string
  s3Only: boolean
  address: string
  file: File | undefined
  setAddress: (address: string) => void
  setFile: (file: File | undefined) => void
}

function AssetField({ role, label, why, s3Only, address, file, setAddress, setFile }: AssetProps) {
  const [left, setLeft] = useState(false)
  const fault = left && address.trim() ? addressFaultOf(address.trim(), s3Only) : undefined
  const tooLarge = file && file.size > largestEmbedded
  return (
    <div className="belongs">
      <TextField id={`address-${role}`} labelText={label} helperText={why} placeholder="s3://bucket/folder/file" value={address} disabled={file !== undefined} invalid={fault !== undefined} invalidText={fault} onBlur={() => setLeft(true)} onChange={(event) => setAddress(event.target.value)} />
      {!s3Only && (
        <label className="belongs-file">
          <span className="note">or a file of this machine</span>
          <input type="file" aria-label={`${label}: a file of this machine`} onChange={(event) => setFile(event.target.files?.[0])} />
        </label>
      )}
      {tooLarge && <p className="note" role="alert">Embedded files may have 16 MiB. Put it in S3 and give its address.</p>}
    </div>
  )
}

export function SchemaField({ schema, setSchema }: Pick<Props, 'schema' | 'setSchema'>) {
  const [left, setLeft] = useState(schema.text !== '')
  const fault = left ? readSchema(schema).fault : undefined
  const read = async (file: File | undefined) => {
    if (!file) return
    setSchema({ name: file.name, text: await file.text() })
    setLeft(true)
  }
  return (
    <div className="belongs">
      <TextArea id="input-schema" labelText="Schema of the input (Avro, JSON)" helperText={schemaWhy} placeholder='{"type": "record", "name": "Input", "fields": […]}' rows={4} className="mono-area" spellCheck={false} value={schema.text} invalid={fault !== undefined} invalidText={fault} onBlur={() => setLeft(true)} onChange={(event) => setSchema({ ...schema, text: event.target.value })} />
      <label className="belongs-file">
        <span className="note">or a file of this machine</span>
        <input type="file" accept=".json,.avsc,application/json" aria-label="Schema of the input: a file of this machine" onChange={(event) => void read(event.target.files?.[0])} />
      </label>
    </div>
  )
}
