import { Select, SelectItem, TextArea, TextInput } from '@carbon/react'
import { tagsHelp } from '../../components/MetadataEditor'
import type { Draft } from './draft'

const types = [['PYSPARK', 'PySpark'], ['PYTHON', 'Python'], ['R', 'R'], ['UNKNOWN', 'Something else']] as const

export function ByHand({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  return (
    <>
      <TextInput id="model-name" labelText="Name" required value={draft.modelName} onChange={(event) => change({ modelName: event.target.value })} />
      <Select id="model-type" labelText="Type" value={draft.type} onChange={(event) => change({ type: event.target.value })}>
        {types.map(([value, text]) => <SelectItem key={value} value={value} text={text} />)}
      </Select>
      <TextArea id="model-description" labelText="Description" rows={3} value={draft.description} onChange={(event) => change({ description: event.target.value })} />
      <TextInput id="model-tags" labelText="Tags" helperText={tagsHelp} value={draft.tags} onChange={(event) => change({ tags: event.target.value })} />
    </>
  )
}
