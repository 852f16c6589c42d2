/** Edits description, tags and custom metadata of a model or snapshot. */
import { Button, TextArea, TextInput } from '@carbon/react'
import { type FormEvent, useState } from 'react'
import type { Versioned } from '../api/client'
import type { Collection } from '../api/paths'
import { mergePatch } from '../lib/conflict'
import { awsTags, ownTags } from '../lib/tags'
import { joinWords, splitWords } from '../lib/words'
import { useSaving } from '../pages/useSaving'
import { ConflictView } from './ConflictView'
import { Refusable } from './Refusable'
import { CopyButton, Facts, Tags } from './text'
import { useLacks } from './useLacks'
import { ProblemView } from './views'

interface MetaData {
  description?: string | undefined
  tags?: string[] | undefined
  custom?: Record<string, unknown> | undefined
}

interface Props<T extends { group: string; createdBy?: string }> {
  collection: Collection
  id: string
  seen: Versioned<T>
  /** Name of the member that holds the metadata. */
  member: 'modelMetaData' | 'metaData'
}

const read = (value: object, member: string): MetaData => ((value as Record<string, unknown>)[member] ?? {}) as MetaData

export const tagsHelp = 'Words, or key=value; separated by commas. One that has a comma stands in "quotes".'

export function MetadataEditor<T extends { group: string; createdBy?: string }>({ collection, id, seen, member }: Props<T>) {
  const [opened, setOpened] = useState<Versioned<T>>()
  const saving = useSaving<T>(collection, id, opened)
  const lacksWrite = useLacks('WRITE', collection, seen.data)
  const meta = read(seen.data, member)
  if (!opened) {
    const custom = meta.custom && Object.keys(meta.custom).length > 0 ? JSON.stringify(meta.custom, null, 2) : undefined
    return (
      <>
        <Facts rows={[['Description', meta.description || 'None'], ['Tags', meta.tags?.length ? <Tags tags={meta.tags} /> : 'None']]} />
        <div className="row spread metadata-head">
          <h3>Custom metadata</h3>
          {custom && <CopyButton text={custom} label="Copy the custom metadata" />}
        </div>
        {custom ? <pre className="code scroll" tabIndex={0} aria-label="Custom metadata">{custom}</pre> : <p className="note">None. Keep here what belongs to it, as JSON.</p>}
        <div className="metadata-edit"><Refusable size="sm" kind="tertiary" refusal={lacksWrite} onClick={() => setOpened(seen)}>Edit metadata</Refusable></div>
      </>
    )
  }
  const close = () => {
    saving.reset()
    setOpened(undefined)
  }
  const { conflict } = saving
  return (
    <>
      {conflict && (
        <ConflictView
          by={(conflict.theirs.data as { lastModifiedBy?: string }).lastModifiedBy}
          changes={conflict.changes}
          pending={saving.pending}
          reload={() => {
            saving.reload()
            setOpened(undefined)
          }}
          overwrite={() => saving.overwrite(() => setOpened(undefined))}
        />
      )}
      {saving.error && <ProblemView error={saving.error} />}
      <MetadataForm before={read(opened.data, member)} aws={awsTags(opened.data)} pending={saving.pending} close={close} save={(after) => saving.save({ [member]: mergePatch(pick(read(opened.data, member)), after) }, opened.etag, () => setOpened(undefined))} />
    </>
  )
}

/** Only the members that the form edits, absent ones as the form leaves them. */
function pick(meta: MetaData): Required<MetaData> {
  return { description: meta.description ?? '', tags: meta.tags ?? [], custom: meta.custom ?? {} }
}

function MetadataForm({ before, aws, pending, save, close }: { before: MetaData; aws: string[]; pending: boolean; save: (after: MetaData) => void; close: () => void }) {
  const [description, setDescription] = useState(before.description ?? '')
  const [tags, setTags] = useState(joinWords(ownTags(before.tags ?? [], aws)))
  const [custom, setCustom] = useState(JSON.stringify(before.custom ?? {}, null, 2))
  const [fault, setFault] = useState<string>()
  const check = (): Record<string, unknown> | undefined => {
    try {
      const value: unknown = JSON.parse(custom || '{}')
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        setFault(undefined)
        return value as Record<string, unknown>
      }
      setFault('This must be one JSON object: it begins with { and ends with }.')
    } catch (error) {
      setFault(`This is not JSON yet: ${error instanceof Error ? error.message : 'it cannot be read'}.`)
    }
    return undefined
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const value = check()
    if (value) save({ description, tags: [...ownTags(splitWords(tags), aws), ...aws], custom: value })
  }
  return (
    <form className="stack form-narrow" onSubmit={submit}>
      <TextArea labelText="Description" id="meta-description" rows={2} value={description} onChange={(event) => setDescription(event.target.value)} />
      <TextInput labelText="Tags" id="meta-tags" helperText={tagsHelp} value={tags} onChange={(event) => setTags(event.target.value)} />
      {aws.length > 0 && <Facts rows={[['Tags in AWS', <><Tags tags={aws} /> <span className="note">They are changed in AWS alone.</span></>]]} />}
      <TextArea labelText="Custom metadata" id="meta-custom" rows={8} className="mono-area" spellCheck={false} value={custom} invalid={fault !== undefined} invalidText={fault} onBlur={check} onChange={(event) => setCustom(event.target.value)} />
      <div className="row">
        <Button type="submit" size="md" disabled={pending}>Save</Button>
        <Button kind="ghost" size="md" onClick={close}>Cancel</Button>
      </div>
    </form>
  )
}
