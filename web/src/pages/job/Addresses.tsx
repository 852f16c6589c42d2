import { Button } from '@carbon/react'
import { Add } from '@carbon/react/icons'
import { useState } from 'react'
import { TextField } from '../../components/fields'
import { addressFault } from '../../lib/assets'

interface Props {
  label: string
  addresses: string[]
  example: string
  /** Stands below the legend. */
  note?: string
  change: (addresses: string[]) => void
}

/** One or more addresses of files. */
export function Addresses({ label, addresses, example, note, change }: Props) {
  const [left, setLeft] = useState<number[]>([])
  const at = (index: number, value: string) => change(addresses.map((one, i) => (i === index ? value : one)))
  return (
    <fieldset className="addresses">
      <legend className="cds--label">{label}</legend>
      {note && <p className="note">{note}</p>}
      {addresses.map((address, index) => {
        const fault = left.includes(index) && address.trim() ? addressFault(address.trim()) : undefined
        return (
          <div className="address" key={index}>
            <TextField id={`${label}-${index}`} hideLabel labelText={`${label} ${index + 1}`} placeholder={example} spellCheck={false} value={address} invalid={fault !== undefined} invalidText={fault} onBlur={() => setLeft([...left, index])} onChange={(event) => at(index, event.target.value)} />
            {addresses.length > 1 && <Button kind="ghost" size="md" onClick={() => change(addresses.filter((_, i) => i !== index))}>Remove</Button>}
          </div>
        )
      })}
      <Button kind="ghost" size="sm" renderIcon={Add} onClick={() => change([...addresses, ''])}>Add another</Button>
    </fieldset>
  )
}
