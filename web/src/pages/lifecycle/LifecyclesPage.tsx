/** Which life cycles do we have, and which are stuck? */
import { Upload } from '@carbon/react/icons'
import { SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { countQuery, decisionsQuery, definitionsQuery, mlcPath } from '../../api/lifecycles'
import { home } from '../../api/paths'
import { sessionQuery } from '../../api/queries'
import type { ProcessDefinition } from '../../api/types'
import { Refusable } from '../../components/Refusable'
import { Ago, InLink, Status } from '../../components/text'
import { Empty, Page, ProblemView, Section } from '../../components/views'
import { curl } from '../../lib/commands'
import { definitionName, instantOf } from '../../lib/lifecycle'
import { to } from '../../lib/links'
import { deployRefusal } from '../../lib/rights'
import { FileLink } from './columns'
import { Deploy } from './Deploy'
import { Tasks } from './Tasks'

export function LifecyclesPage() {
  const session = useQuery(sessionQuery).data
  const query = useQuery(definitionsQuery)
  const [deploying, setDeploying] = useState(false)
  const deploy = <Refusable renderIcon={Upload} refusal={deployRefusal(session)} onClick={() => setDeploying(true)}>Deploy a file</Refusable>
  const none = query.data?.length === 0
  return (
    <Page title="Model Life Cycle" actions={none ? undefined : deploy} commands={{ cli: 'slipway lifecycle list', curl: curl(home, mlcPath('process-definition', { latestVersion: 'true' })) }}>
      {query.isError && <ProblemView error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <div aria-busy="true"><SkeletonText paragraph lineCount={4} /></div>}
      {none && (
        <Empty title="No life cycles yet" action={deploy} cli="slipway lifecycle deploy review.bpmn">
          A life cycle is what happens to each snapshot, step by step: assets are verified, a test job runs, somebody approves, an endpoint is made. It is drawn with the Camunda Modeler and deployed as a file.
        </Empty>
      )}
      <Tasks definitions={query.data ?? []} />
      {query.data && query.data.length > 0 && <Definitions all={query.data} />}
      <Decisions />
      {deploying && <Deploy close={() => setDeploying(false)} />}
    </Page>
  )
}

function Definitions({ all }: { all: readonly ProcessDefinition[] }) {
  return (
    <Section title="Life cycles">
      <div className="table-scroll" role="region" aria-label="Life cycles" tabIndex={0}>
        <table className="plain-table" aria-label="Life cycles">
          <thead><tr><th scope="col">Name</th><th scope="col">Key</th><th scope="col">Version</th><th scope="col">Group</th><th scope="col">Deployed</th><th scope="col">Running</th><th scope="col">Stuck</th></tr></thead>
          <tbody>
            {all.map((one) => (
              <tr key={one.id}>
                <th scope="row"><InLink href={to.lifecycle(one.id)}>{definitionName(one)}</InLink></th>
                <td data-label="Key"><code className="mono">{one.key}</code></td>
                <td data-label="Version">{versionOf(one)}</td>
                <td data-label="Group">{one.tenantId ?? 'Everybody'}</td>
                <td data-label="Deployed"><Ago at={instantOf(one.deployedAt)} />{one.deployedBy && <span className="note"> by {one.deployedBy}</span>}</td>
                <td data-label="Running"><Count of={one} /></td>
                <td data-label="Stuck"><Count of={one} stuck /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

const versionOf = (one: ProcessDefinition): string => (one.versionTag ? `${one.version} (${one.versionTag})` : String(one.version))

/** Of all versions: instances end on the version that they began with. */
function Count({ of, stuck = false }: { of: ProcessDefinition; stuck?: boolean }) {
  const count = useQuery(countQuery(of.key, stuck)).data?.count
  if (count === undefined) return null
  if (count === 0) return <span className="note">0</span>
  const href = `${to.lifecycle(of.id)}?show=${stuck ? 'stuck' : 'running'}`
  return stuck ? <a className="cds--link" href={href}><Status state="STUCK" word={String(count)} /></a> : <InLink href={href}>{count.toLocaleString('en')}</InLink>
}

function Decisions() {
  const query = useQuery(decisionsQuery)
  if (query.isError) return <ProblemView error={query.error} retry={() => void query.refetch()} />
  if (!query.data || query.data.length === 0) return null
  return (
    <Section title="Decision tables">
      <div className="table-scroll" role="region" aria-label="Decision tables" tabIndex={0}>
        <table className="plain-table" aria-label="Decision tables">
          <thead><tr><th scope="col">Name</th><th scope="col">Key</th><th scope="col">Version</th><th scope="col">Group</th><th scope="col">Deployed</th><th scope="col">File</th></tr></thead>
          <tbody>
            {query.data.map((one) => (
              <tr key={one.id}>
                <th scope="row">{definitionName(one)}</th>
                <td data-label="Key"><code className="mono">{one.key}</code></td>
                <td data-label="Version">{versionOf(one)}</td>
                <td data-label="Group">{one.tenantId ?? 'Everybody'}</td>
                <td data-label="Deployed"><Ago at={instantOf(one.deployedAt)} /></td>
                <td data-label="File"><FileLink of={one} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}
