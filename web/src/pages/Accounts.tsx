/** AWS accounts and regions that models come from: how up to date each is, and what AWS refused. */
import { useQuery } from '@tanstack/react-query'
import { syncQuery } from '../api/queries'
import type { SyncedAccount } from '../api/types'
import { useNow } from '../components/hooks'
import { LookNow } from '../components/Sync'
import { Ago, Status } from '../components/text'
import { ProblemView, Section } from '../components/views'
import { count } from '../lib/operation'
import { saidOnce, syncState } from '../lib/sync'
import { duration } from '../lib/time'

export function Accounts() {
  const query = useQuery(syncQuery)
  if (query.isError && !query.data) return <Section title="Accounts"><ProblemView error={query.error} retry={() => void query.refetch()} /></Section>
  if (!query.data || query.data.length === 0) return null
  return (
    <Section title="Accounts" aside={<LookNow />}>
      <p className="note">Slipway looks at each by itself, more often while something changes there. What it looks at is only read.</p>
      <div className="table-scroll" role="region" aria-label="Accounts" tabIndex={0}>
        <table className="plain-table" aria-label="Accounts">
          <thead><tr><th scope="col">Account</th><th scope="col">Region</th><th scope="col">Models</th><th scope="col">State</th><th scope="col">Last looked at</th><th scope="col">Next</th><th scope="col">Calls of the last look</th></tr></thead>
          <tbody>
            {query.data.map((one) => (
              <tr key={`${one.account} ${one.region}`}>
                <th scope="row">{one.account}</th>
                <td data-label="Region">{one.region}</td>
                <td data-label="Models">{one.lastFinished && one.models.toLocaleString('en')}</td>
                <td data-label="State"><Status state={syncState(one)} /></td>
                <td data-label="Last looked at"><Ago at={one.lastSucceeded} /></td>
                <td data-label="Next">{one.next && <Next at={one.next} />}{one.intervalSeconds > 0 && <span className="note"> every {duration(one.intervalSeconds * 1_000)}</span>}</td>
                <td data-label="Calls of the last look">{one.lastFinished && one.awsCalls.total.toLocaleString('en')}{one.awsCalls.throttled > 0 && <span className="note">, {one.awsCalls.throttled.toLocaleString('en')} throttled</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {query.data.filter((one) => one.problems.length > 0).map((one) => <Refusals key={`${one.account} ${one.region}`} of={one} />)}
    </Section>
  )
}

/** A turn that is due begins in a moment. */
function Next({ at }: { at: string }) {
  return Date.parse(at) < useNow() ? <>now</> : <Ago at={at} />
}

function Refusals({ of }: { of: SyncedAccount }) {
  return (
    <div className="problem" data-tone="warning" role="status">
      <h3>{of.account} {of.region}: {count(of.problems.length, 'thing')} could not be read</h3>
      <ul className="lines">{saidOnce(of.problems).map((one, index) => <li key={index}>{one.message}{one.permission && <> The permission <code className="mono">{one.permission}</code> is missing.</>}</li>)}</ul>
      <p className="note">What was known before stays as it was.</p>
    </div>
  )
}
