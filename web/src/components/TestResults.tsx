/** What a metrics job measured, as charts and tables. */
import { useQuery } from '@tanstack/react-query'
import { listQuery } from '../api/queries'
import type { ModelTestResult } from '../api/types'
import { type Figure, figures } from '../lib/results'
import { BarChart, DataTable, LineChart } from './Charts'
import { Ago, CopyButton, Facts } from './text'
import { ProblemView, Section } from './views'

/** Results of a snapshot, or of one job, the newest first. Nothing where nothing was measured. */
export function TestResults({ deployableModelId, jobId }: { deployableModelId?: string | undefined; jobId?: string }) {
  const query = useQuery(listQuery<ModelTestResult>('modelTestResults', { filter: jobId ? `jobId:${jobId}` : `deployableModelId:${deployableModelId}`, sort: 'created,desc', size: 20 }))
  if (query.isError) return <Section title="Test results"><ProblemView error={query.error} retry={() => void query.refetch()} /></Section>
  const [newest, ...older] = query.data?.items ?? []
  if (!newest) return null
  return (
    <Section title="Test results">
      <p className="note">Measured <Ago at={newest.createdDate} focusable />.</p>
      <Results results={newest.testResults} />
      {older.map((one) => (
        <details key={one.id} className="older-result">
          <summary>Measured <Ago at={one.createdDate} /></summary>
          <Results results={one.testResults} />
        </details>
      ))}
    </Section>
  )
}

/** Figures of one result. */
export function Results({ results }: { results: Record<string, unknown> }) {
  return <div className="results">{figures(results).map((one, index) => <Shown key={index} figure={one} />)}</div>
}

function Shown({ figure }: { figure: Figure }) {
  switch (figure.kind) {
    case 'facts':
      return <div className="card single-values"><Facts rows={figure.rows} /></div>
    case 'line':
      return <div className="card"><LineChart figure={figure} /></div>
    case 'bar':
      return <div className="card"><BarChart figure={figure} /></div>
    case 'table':
      return <div className="card"><h3>{figure.title}</h3><DataTable label={figure.title} columns={figure.columns} rows={figure.rows} /></div>
    case 'text':
      return (
        <div className="card">
          <div className="row spread"><h3>{figure.title}</h3><CopyButton text={figure.text} label={`Copy ${figure.title}`} /></div>
          <pre className="code scroll" tabIndex={0} aria-label={figure.title}>{figure.text}</pre>
        </div>
      )
  }
}
