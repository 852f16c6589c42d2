import { RadioTile, TileGroup } from '@carbon/react'
import type { Draft, Origin } from './draft'

export function WhereFrom({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  return (
    <TileGroup name="source" legend="Where does the model come from?" className="choice-list" valueSelected={draft.source} onChange={(value) => change({ source: value as Origin, modelName: '' })}>
      <RadioTile id="source-sagemaker" value="sagemaker">
        <strong>SageMaker</strong>
        <p className="note">Pick a model of an AWS account. Its tags, training and transform jobs, endpoint configurations and endpoints come along. AWS is only read.</p>
      </RadioTile>
      <RadioTile id="source-source" value="source">
        <strong>PySpark source</strong>
        <p className="note">A program or a folder of this machine. Roles are told by file names, functions by the comments above them.</p>
      </RadioTile>
      <RadioTile id="source-hand" value="hand">
        <strong>By hand</strong>
        <p className="note">Write down what it is called and where its files lie.</p>
      </RadioTile>
    </TileGroup>
  )
}
