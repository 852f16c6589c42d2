/** What waits for me? Steps of life cycles that go on once a person has done them. */
import { Pagination, SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { taskCountQuery, tasksQuery } from '../../api/lifecycles'
import type { ProcessDefinition, UserTask } from '../../api/types'
import type { ListColumn } from '../../components/ListView'
import { RelatedTable } from '../../components/RelatedTable'
import { Ago } from '../../components/text'
import { Section } from '../../components/views'
import { definitionName, instantOf } from '../../lib/lifecycle'
import { to } from '../../lib/links'
import type { Search } from '../../lib/listState'
import { forWhom, taskName } from '../../lib/task'
import { Due } from './StepTask'

const size = 20

const columns = (definitions: readonly ProcessDefinition[]): ListColumn<UserTask>[] => [
  { id: 'name', header: 'Task', cell: taskName },
  { id: 'process', header: 'Life cycle', cell: (one) => definitions.filter(({ key }) => key === one.processDefinitionKey).map(definitionName)[0] ?? one.processDefinitionKey },
  { id: 'who', header: 'Waits for', cell: forWhom },
  { id: 'due', header: 'Due', cell: (one) => one.due && <Due of={one} /> },
  { id: 'created', header: 'Since', cell: (one) => <Ago at={instantOf(one.created)} /> },
  { id: 'group', header: 'Group', cell: (one) => one.tenantId },
]

/** Which and which page of them stands in the address. Without any there is nothing to say. */
export function Tasks({ definitions }: { definitions: readonly ProcessDefinition[] }) {
  const search = useSearch({ strict: false }) as Search
  const navigate = useNavigate()
  const mine = search.show !== 'all'
  const page = Math.max(0, Number.parseInt(search.page ?? '0', 10) || 0)
  const list = useQuery(tasksQuery(mine, page, size))
  const [own, all] = [useQuery(taskCountQuery(true)).data?.count ?? 0, useQuery(taskCountQuery(false)).data?.count ?? 0]
  if (all === 0) return null
  const total = mine ? own : all
  const go = (next: Search) => void navigate({ to: '.', search: next as never, replace: true })
  const rows = { ...list, data: list.data && { items: list.data, page: { size, number: page, totalElements: Math.min(total, size), totalPages: Math.ceil(total / size) } } } as Parameters<typeof RelatedTable<UserTask>>[0]['query']
  return (
    <Section title="Tasks for people">
      <div className="facets" role="group" aria-label="Whose tasks">
        <button type="button" aria-pressed={mine} onClick={() => go({})}>For me ({own.toLocaleString('en')})</button>
        <button type="button" aria-pressed={!mine} onClick={() => go({ show: 'all' })}>All ({all.toLocaleString('en')})</button>
      </div>
      {list.isPending ? <div aria-busy="true"><SkeletonText paragraph lineCount={3} /></div> : (
        <RelatedTable label="Tasks" query={rows} columns={columns(definitions)} only={['name', 'process', 'who', 'due', 'created', 'group']} href={(one) => to.instance(one.processInstanceId)} nothing={page > 0 ? 'There are no more.' : 'Nothing waits for you.'} />
      )}
      {(total > size || page > 0) && <Pagination page={page + 1} pageSize={size} pageSizes={[size]} totalItems={total} size="md" onChange={({ page: next }) => go({ ...(!mine && { show: 'all' }), ...(next > 1 && { page: String(next - 1) }) })} />}
    </Section>
  )
}
