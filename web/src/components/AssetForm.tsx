/** A file to add: embedded from this machine, or by its address. */
import { Button, RadioButton, RadioButtonGroup, Select, SelectItem } from '@carbon/react'
import { type FormEvent, useId, useState } from 'react'
import type { AssetInput } from '../api/types'
import { addressFaultOf, embeddedAsset, externalAsset, isS3Only, largestEmbedded, looked } from '../lib/assets'
import { size } from '../lib/time'
import { TextField } from './fields'

const roles = [...looked.map(({ role, label }) => [role, label] as const), ['MODEL_SOURCE', 'Source'] as const, ['BASELINE_DATA', 'Baseline data'] as const, ['COMPARATOR_DATA', 'Comparator data'] as const, ['UNKNOWN', 'Something else'] as const]

export function AssetForm({ role, sageMaker, pending, add }: { role: string; sageMaker: boolean; pending: boolean; add: (asset: AssetInput) => void }) {
  const id = useId()
  const [chosen, setChosen] = useState(role)
  const [wanted, setKind] = useState<'address' | 'file'>('address')
  const s3Only = isS3Only(chosen, sageMaker)
  const kind = s3Only ? 'address' : wanted
  const [address, setAddress] = useState('')
  const [file, setFile] = useState<File>()
  const [fault, setFault] = useState<string>()
  const check = () => {
    const found = kind === 'address' ? addressFaultOf(address.trim(), s3Only) : !file ? 'Choose a file.' : file.size > largestEmbedded ? `The file has ${size(file.size)}; embedded files may have 16 MiB. Put it in S3 and give its address.` : undefined
    setFault(found)
    return found === undefined
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation()
    if (!check()) return
    add(kind === 'address' ? externalAsset(chosen, address.trim()) : await embeddedAsset(chosen, file!))
  }
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <Select id={`${id}role`} labelText="Role" value={chosen} onChange={(event) => setChosen(event.target.value)}>
        {roles.map(([value, label]) => <SelectItem key={value} value={value} text={label} />)}
      </Select>
      <RadioButtonGroup legendText="Where is it?" name={`${id}kind`} valueSelected={kind} onChange={(value) => setKind(value === 'file' ? 'file' : 'address')}>
        <RadioButton labelText="At an address" value="address" id={`${id}address-kind`} />
        <RadioButton labelText="On this machine" value="file" id={`${id}file-kind`} disabled={s3Only} />
      </RadioButtonGroup>
      {kind === 'address' ? (
        <TextField id={`${id}address`} labelText="Address" placeholder="s3://bucket/folder/file.csv" value={address} invalid={fault !== undefined} invalidText={fault} onBlur={() => address && check()} onChange={(event) => setAddress(event.target.value)} />
      ) : (
        <div>
          <label className="cds--label" htmlFor={`${id}file`}>File, at most 16 MiB</label>
          <input id={`${id}file`} type="file" onChange={(event) => setFile(event.target.files?.[0])} />
          {fault && <p className="note" role="alert">{fault}</p>}
        </div>
      )}
      <div><Button type="submit" size="md" disabled={pending}>Add</Button></div>
    </form>
  )
}
