/** Assets of a model, with what the deployment looks for: present, missing, add. */
import { Modal } from '@carbon/react'
import { Add } from '@carbon/react/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { remove, send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { below, objectPath } from '../../api/paths'
import type { Asset, AssetInput, DataSchema, StoredModel } from '../../api/types'
import { AssetForm } from '../../components/AssetForm'
import { Refusable } from '../../components/Refusable'
import { Mono, OutLink, Status } from '../../components/text'
import { useLacks } from '../../components/useLacks'
import { ProblemView, Section } from '../../components/views'
import { looked, readSchema, type SchemaText, schemaWhy } from '../../lib/assets'
import { safeHref } from '../../lib/links'
import { typeName } from '../../lib/status'
import { size } from '../../lib/time'
import { SchemaField } from '../add/Belongs'

export function AssetsTab({ model, etag }: { model: StoredModel; etag: string | null }) {
  const [adding, setAdding] = useState<string>()
  const [dropping, setDropping] = useState<Asset>()
  const [describing, setDescribing] = useState(false)
  const assets = model.modelAssets ?? []
  const hasSchema = (model.modelMetaData.inputSchema ?? []).length > 0
  const path = objectPath('storedModels', model.id)
  const client = useQueryClient()
  const [wishes] = useState(keyKeeper)
  const lacksWrite = useLacks('WRITE', 'storedModels', model)
  const refresh = () => client.invalidateQueries({ queryKey: ['storedModels'] })
  const add = useMutation({
    mutationFn: (asset: AssetInput) => send<Asset>('POST', `${path}/assets`, { body: asset, ifMatch: etag, idempotencyKey: wishes.of(asset) }),
    onSuccess: async () => {
      setAdding(undefined)
      await refresh()
    },
    onSettled: (_, error) => wishes.settled(error),
  })
  const drop = useMutation({ mutationFn: (assetId: string) => remove(`${path}/assets/${encodeURIComponent(assetId)}`, etag), onSuccess: refresh, onSettled: () => setDropping(undefined) })
  return (
    <>
      <Section title="What a deployment looks for">
        <ul className="plain checklist">
          {looked.map((one) => {
            const present = assets.filter((asset) => asset.assetRole === one.role)
            return (
              <li key={one.role}>
                <span className="checklist-name">{one.label}</span>
                <span>{present.length > 0 ? <Present words={present.map((asset) => asset.name).join(', ')} /> : <Missing />}</span>
                <span className="note">{one.why}</span>
                {present.length === 0 && <Refusable kind="ghost" size="sm" renderIcon={Add} refusal={lacksWrite} onClick={() => setAdding(one.role)}>Add</Refusable>}
              </li>
            )
          })}
          <li>
            <span className="checklist-name">Schema</span>
            <span>{hasSchema ? <Present words="input schema" /> : <Missing />}</span>
            <span className="note">{schemaWhy}</span>
            {!hasSchema && <Refusable kind="ghost" size="sm" renderIcon={Add} refusal={lacksWrite} onClick={() => setDescribing(true)}>Add</Refusable>}
          </li>
        </ul>
      </Section>
      <Section title="All assets" aside={<Refusable size="sm" kind="tertiary" renderIcon={Add} refusal={lacksWrite} onClick={() => setAdding('UNKNOWN')}>Add asset</Refusable>}>
        {drop.isError && <ProblemView error={drop.error} />}
        {assets.length === 0 ? <p className="note">None yet.</p> : <AssetTable assets={assets} path={path} refusal={lacksWrite} remove={setDropping} />}
      </Section>
      {dropping?.assetId && (
        <Modal open danger modalHeading={`Remove ${dropping.name ?? dropping.filename ?? 'the asset'}?`} modalAriaLabel="Remove asset" primaryButtonText="Remove" secondaryButtonText="Cancel" primaryButtonDisabled={drop.isPending} onRequestClose={() => setDropping(undefined)} onRequestSubmit={() => drop.mutate(dropping.assetId!)}>
          <p>{dropping.fileUrl ? 'The model no longer names it. The file itself stays where it is.' : 'Its content is deleted with it.'} Snapshots that were made keep their copy.</p>
        </Modal>
      )}
      {adding !== undefined && (
        <Modal open passiveModal modalHeading="Add asset" modalAriaLabel="Add asset" onRequestClose={() => setAdding(undefined)}>
          {add.isError && <ProblemView error={add.error} />}
          <AssetForm role={adding} sageMaker={model.sageMaker !== undefined} pending={add.isPending} add={(asset) => add.mutate(asset)} />
        </Modal>
      )}
      {describing && <AddSchema path={path} etag={etag} close={() => setDescribing(false)} />}
    </>
  )
}

function AddSchema({ path, etag, close }: { path: string; etag: string | null; close: () => void }) {
  const client = useQueryClient()
  const [text, setText] = useState<SchemaText>({ name: '', text: '' })
  const { schema } = readSchema(text)
  const add = useMutation({
    mutationFn: (inputSchema: DataSchema[]) => send<StoredModel>('PATCH', path, { body: { modelMetaData: { inputSchema } }, ifMatch: etag }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['storedModels'] })
      close()
    },
  })
  return (
    <Modal open modalHeading="Add the schema of the input" modalAriaLabel="Add schema" primaryButtonText="Add" secondaryButtonText="Cancel" primaryButtonDisabled={!schema || add.isPending} onRequestClose={close} onRequestSubmit={() => schema && add.mutate([schema])}>
      {add.isError && <ProblemView error={add.error} />}
      <SchemaField schema={text} setSchema={setText} />
    </Modal>
  )
}

const Present = ({ words }: { words: string }) => <span className="row"><Status state="Present" /> <span className="note">{words}</span></span>
const Missing = () => <Status state="Missing" />

function AssetTable({ assets, path, refusal, remove: drop }: { assets: Asset[]; path: string; refusal: string | undefined; remove: (asset: Asset) => void }) {
  return (
    <div className="table-scroll" role="region" aria-label="All assets" tabIndex={0}>
      <table className="plain-table" aria-label="All assets">
        <thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col">Kind</th><th scope="col">Size</th><th scope="col">Where</th><th scope="col"><span className="visually-hidden">Actions</span></th></tr></thead>
        <tbody>
          {assets.map((asset, index) => (
            <tr key={asset.assetId ?? index}>
              <th scope="row">{asset.name ?? asset.filename}</th>
              <td data-label="Role">{typeName(asset.assetRole)}</td>
              <td data-label="Kind">{typeName(asset.assetType)}</td>
              <td data-label="Size">{asset.fileSize !== undefined ? size(asset.fileSize) : ''}</td>
              <td data-label="Where"><Where asset={asset} path={path} /></td>
              <td>{asset.assetId && <Refusable size="sm" kind="danger--ghost" refusal={refusal} onClick={() => drop(asset)}>Remove</Refusable>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Where({ asset, path }: { asset: Asset; path: string }) {
  if (asset.fileUrl) return safeHref(asset.fileUrl) ? <OutLink href={asset.fileUrl}>{asset.fileUrl}</OutLink> : <Mono text={asset.fileUrl} most={48} />
  return asset.assetId ? <a className="cds--link" href={below(`${path}/assets/${encodeURIComponent(asset.assetId)}/content`)} download>Download</a> : null
}
