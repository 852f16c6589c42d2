/** Background tasks of the service, and what it is. */
import { useQuery } from '@tanstack/react-query'
import { home } from '../api/paths'
import { healthQuery, infoQuery, tasksQuery } from '../api/queries'
import { useNow } from '../components/hooks'
import { Ago, Facts, Status } from '../components/text'
import { Page, PageSkeleton, ProblemView, Section } from '../components/views'
import { curl } from '../lib/commands'
import { words } from '../lib/aws'
import { ago, duration, instant } from '../lib/time'

export function TasksPage() {
  const query = useQuery(tasksQuery)
  return (
    <Page title="Background tasks" commands={{ curl: curl(home, '/actuator/tasks') }}>
      <p className="lead">What the service does by itself. A task that failed runs again at its next turn.</p>
      {query.isError && <ProblemView error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <PageSkeleton />}
      {query.data && (
        <div className="table-scroll" role="region" aria-label="Background tasks" tabIndex={0}>
          <table className="plain-table" aria-label="Background tasks">
            <thead><tr><th scope="col">Task</th><th scope="col">State</th><th scope="col">Last run</th><th scope="col">Took</th><th scope="col">Every</th><th scope="col">Runs</th><th scope="col">Failures</th><th scope="col">Last error</th></tr></thead>
            <tbody>
              {query.data.map((task) => (
                <tr key={task.name}>
                  <th scope="row">{words(task.name.replaceAll('_', ' ')).replace('Sagemaker', 'SageMaker')}</th>
                  <td data-label="State"><Status state={task.running ? 'RUNNING' : task.lastError ? 'ERROR' : task.runs > 0 ? 'COMPLETE' : 'WAITING'} /></td>
                  <td data-label="Last run"><Ago at={task.lastStarted} /></td>
                  <td data-label="Took">{task.lastDurationMs !== undefined && duration(task.lastDurationMs)}</td>
                  <td data-label="Every">{duration(task.periodMs)}</td>
                  <td data-label="Runs">{task.runs.toLocaleString('en')}</td>
                  <td data-label="Failures">{task.failures.toLocaleString('en')}</td>
                  <td data-label="Last error">{task.lastError}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  )
}

export function AboutPage() {
  const info = useQuery(infoQuery)
  const health = useQuery(healthQuery)
  const now = useNow()
  if (info.isPending) return <PageSkeleton />
  const started = instant(info.data?.startedAt)
  return (
    <Page title="About" commands={{ curl: curl(home, '/actuator/info') }}>
      {info.isError && <ProblemView error={info.error} retry={() => void info.refetch()} />}
      {info.data && (
        <Section title="This server">
          <Facts
            rows={[
              ['Version', info.data.build.version],
              ['Commit', info.data.build.commit],
              ['Built with', info.data.build.compiler],
              ['Database', info.data.database],
              ['Started', started !== undefined && ago(started, now)],
              ['Health', health.data && <Status state={health.data.status} />],
              ['Address', info.data.publicUrl ?? home],
            ]}
          />
        </Section>
      )}
      <Section title="Where else it can be reached">
        <Facts
          rows={[
            ['REST', <code key="rest" className="mono">{home}/model-manage/api</code>],
            ['Command line', <code key="cli" className="mono">slipway login {home}</code>],
            ['Metrics', <code key="metrics" className="mono">{home}/actuator/prometheus</code>],
          ]}
        />
      </Section>
    </Page>
  )
}
