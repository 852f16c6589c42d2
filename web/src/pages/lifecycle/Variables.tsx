/** What an instance knows. */
import { SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { variablesQuery } from '../../api/lifecycles'
import type { Instance, Variable } from '../../api/types'
import { Ago } from '../../components/text'
import { ProblemView } from '../../components/views'
import { instantOf, isRunning, valueText } from '../../lib/lifecycle'

export function Variables({ instance }: { instance: Instance }) {
  const query = useQuery(variablesQuery(instance.id, isRunning(instance)))
  if (query.isError && !query.data) return <ProblemView error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <div aria-busy="true"><SkeletonText paragraph lineCount={4} /></div>
  const all = query.data.filter((one) => one.state !== 'DELETED').sort((a, b) => a.name.localeCompare(b.name))
  if (all.length === 0) return <p className="note">It has none.</p>
  return (
    <div className="table-scroll" role="region" aria-label="Variables" tabIndex={0}>
      <table className="plain-table variables" aria-label="Variables">
        <thead><tr><th scope="col">Name</th><th scope="col">Value</th><th scope="col">Set</th></tr></thead>
        <tbody>
          {all.map((one) => (
            <tr key={one.id}>
              <th scope="row"><code className="mono">{one.name}</code></th>
              <td data-label="Value"><Value of={one} /></td>
              <td data-label="Set"><Ago at={instantOf(one.createTime)} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Longer than this it is folded. */
const longest = 120

function Value({ of }: { of: Variable }) {
  if (of.value === null || of.value === undefined) return <span className="note">empty</span>
  const text = valueText(of.value)
  if (text.length <= longest && !text.includes('\n')) return <code className="mono">{text}</code>
  return (
    <details>
      <summary><code className="mono">{text.replace(/\s+/g, ' ').slice(0, longest)}…</code></summary>
      <pre className="code scroll" tabIndex={0}>{text}</pre>
    </details>
  )
}
