import { useQuery } from '@tanstack/react-query'
import { ofModelQuery } from '../../api/queries'
import type { DeployableModel, Job, StoredModel } from '../../api/types'
import type { ListColumn } from '../../components/ListView'
import { Refusable } from '../../components/Refusable'
import { RelatedTable } from '../../components/RelatedTable'
import { useLacks } from '../../components/useLacks'
import { notKnown, partsOf } from '../../lib/lastImport'
import { to } from '../../lib/links'
import { jobColumns, snapshotColumns } from '../columns'
import { DeployButton } from '../deploy/Deploy'
import { useRunningImport } from './ImportAgain'

const withDeploy: ListColumn<DeployableModel>[] = [...snapshotColumns, { id: 'deploy', header: 'Action', cell: (one) => (one.sageMaker ? <DeployButton snapshot={one} size="sm" kind="ghost" /> : null) }]

/** Says that a list may lack something, and why. */
function NotAll({ why }: { why: string | undefined }) {
  return why ? <p className="note">There may be more in AWS: {why}.</p> : null
}

export function SnapshotsTab({ model, create }: { model: StoredModel; create: () => void }) {
  const query = useQuery(ofModelQuery<DeployableModel>('deployableModels', model.id, { size: 100, sort: 'created,desc' }))
  const unknown = notKnown(model.sageMaker?.lastImport, partsOf.snapshots)
  const lacksExecute = useLacks('EXECUTE', 'storedModels', model)
  const running = useRunningImport(model.id)
  const nothing = unknown ? 'No snapshot is known.' : running ? 'No snapshot is known yet; an import is under way.' : 'No snapshot yet. A snapshot freezes the model as it is now; only snapshots are deployed.'
  return (
    <div className="stack">
      <NotAll why={query.data && unknown} />
      <RelatedTable label="Snapshots" query={query} columns={withDeploy} only={['name', 'kind', 'tags', 'created', 'createdBy', ...(query.data?.items.some((one) => one.sageMaker) ? ['deploy'] : [])]} href={(one) => to.snapshot(one.id)} nothing={nothing} />
      {query.data?.items.length === 0 && <div><Refusable kind="tertiary" size="sm" refusal={lacksExecute} onClick={create}>Create Snapshot</Refusable></div>}
    </div>
  )
}

export function JobsTab({ model }: { model: StoredModel }) {
  const query = useQuery(ofModelQuery<Job>('jobs', model.id, { size: 50, sort: 'began,desc' }))
  const unknown = notKnown(model.sageMaker?.lastImport, partsOf.jobs)
  return (
    <div className="stack">
      <NotAll why={query.data && unknown} />
      <RelatedTable
        label="Jobs"
        query={query}
        columns={jobColumns}
        only={['name', 'status', 'type', 'began', 'duration']}
        href={(job) => to.job(job.id)}
        nothing="No job of this model is known."
        all={to.list('jobs', `storedModelId:${model.id}`)}
      />
    </div>
  )
}
