/** One life cycle: its diagram, its versions, its instances. */
import { Button, Pagination, Select, SelectItem, SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { definitionPath, definitionQuery, instanceCountQuery, instancesQuery, type Shown, versionsQuery } from '../../api/lifecycles'
import { home } from '../../api/paths'
import type { ProcessDefinition } from '../../api/types'
import { ProcessView } from '../../components/lifecycle/ProcessView'
import { RelatedTable } from '../../components/RelatedTable'
import { Ago } from '../../components/text'
import { Page, PageSkeleton, Section, Unavailable } from '../../components/views'
import { curl, shellQuote } from '../../lib/commands'
import { definitionName, instantOf } from '../../lib/lifecycle'
import { to } from '../../lib/links'
import type { Search } from '../../lib/listState'
import { FileLink, instanceColumns } from './columns'
import { StepDetail } from './StepDetail'

const size = 20
const shownAs: [Shown, string][] = [['all', 'All'], ['running', 'Running'], ['stuck', 'Stuck'], ['ended', 'Ended']]

export function LifecyclePage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery(definitionQuery(id))
  const crumbs = [{ label: 'Model Life Cycle', href: to.lifecycles() }]
  if (query.isPending) return <PageSkeleton />
  if (!query.data) return <Unavailable title="Life cycle" crumbs={crumbs} error={query.error} retry={() => void query.refetch()} />
  const one = query.data
  return (
    <Page
      title={definitionName(one)}
      crumbs={crumbs}
      sub={
        <>
          <code className="mono">{one.key}</code>
          <span>Version {one.version}{one.versionTag && `, ${one.versionTag}`}</span>
          <span>{one.tenantId ? `Group ${one.tenantId}` : 'For everybody'}</span>
          <span>Deployed <Ago at={instantOf(one.deployedAt)} focusable />{one.deployedBy && ` by ${one.deployedBy}`}</span>
          <FileLink of={one} />
        </>
      }
      actions={<Versions of={one} />}
      commands={{ cli: `slipway lifecycle show ${shellQuote(one.key)}`, curl: curl(home, definitionPath(id)) }}
    >
      <Section title="Instances"><Instances of={one} /></Section>
      <Section title="Steps">
        <ProcessView definitionId={id} label={`Diagram of ${definitionName(one)}`} detail={(step) => <StepDetail step={step} />} />
      </Section>
    </Page>
  )
}

function Versions({ of }: { of: ProcessDefinition }) {
  const navigate = useNavigate()
  const all = (useQuery(versionsQuery(of.key)).data ?? []).filter((one) => one.tenantId === of.tenantId)
  if (all.length < 2) return null
  return (
    <Select id="lifecycle-version" labelText="Version" inline value={of.id} onChange={(event) => void navigate({ to: `/lifecycles/${encodeURIComponent(event.target.value)}` as never })}>
      {all.map((one) => <SelectItem key={one.id} value={one.id} text={`${one.version}${one.versionTag ? ` (${one.versionTag})` : ''}`} />)}
    </Select>
  )
}

/** Of all versions; which and which page of them stands in the address. */
function Instances({ of }: { of: ProcessDefinition }) {
  const search = useSearch({ strict: false }) as Search
  const navigate = useNavigate()
  const shown = shownAs.find(([name]) => name === search.show)?.[0] ?? 'all'
  const page = Math.max(0, Number.parseInt(search.page ?? '0', 10) || 0)
  const list = useQuery(instancesQuery(of.key, shown, page, size))
  const total = useQuery(instanceCountQuery(of.key, shown)).data?.count ?? 0
  const go = (next: Search) => void navigate({ to: '.', search: next as never, replace: true })
  const rows = { ...list, data: list.data && { items: list.data, page: { size, number: page, totalElements: total, totalPages: Math.ceil(total / size) } } } as Parameters<typeof RelatedTable<NonNullable<typeof list.data>[number]>>[0]['query']
  return (
    <>
      <div className="facets" role="group" aria-label="Which instances">
        {shownAs.map(([name, word]) => <button key={name} type="button" aria-pressed={name === shown} onClick={() => go(name === 'all' ? {} : { show: name })}>{word}</button>)}
      </div>
      {list.isPending ? <div aria-busy="true"><SkeletonText paragraph lineCount={4} /></div> : (
        <RelatedTable label="Instances" query={rows} columns={instanceColumns} only={['started', 'state', 'outcome', 'incidents', 'key', 'version', 'by', 'ended']} href={(one) => to.instance(one.id)} nothing={nothing[shown]} />
      )}
      {total > size && <Pagination page={page + 1} pageSize={size} pageSizes={[size]} totalItems={total} size="md" onChange={({ page: next }) => go({ ...(shown !== 'all' && { show: shown }), ...(next > 1 && { page: String(next - 1) }) })} />}
      {page > 0 && list.data?.length === 0 && <Button size="sm" kind="tertiary" onClick={() => go({})}>To the newest</Button>}
    </>
  )
}

const nothing: Record<Shown, string> = { all: 'Nothing has started it yet.', running: 'None runs now.', stuck: 'None is stuck.', ended: 'None has ended.' }
