import { Button } from '@carbon/react'
import type { Difference } from '../lib/conflict'

/** Somebody else saved first: what changed, and the two ways on. */
export function ConflictView({ by, changes, reload, overwrite, pending }: { by?: string | undefined; changes: Difference[]; reload: () => void; overwrite: () => void; pending: boolean }) {
  return (
    <div className="problem" data-tone="warning" role="alert">
      <h2>{by ? `${by} changed this meanwhile` : 'Somebody changed this meanwhile'}</h2>
      <p>Nothing of yours was saved yet. This is what changed since you opened it:</p>
      <table className="plain-table" aria-label="What changed meanwhile">
        <thead>
          <tr><th scope="col">What</th><th scope="col">When you opened it</th><th scope="col">Now</th></tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.path}><th scope="row"><code className="mono">{change.path}</code></th><td>{change.before}</td><td>{change.now}</td></tr>
          ))}
        </tbody>
      </table>
      <div className="row conflict-actions">
        <Button size="sm" kind="primary" onClick={reload}>Reload</Button>
        <Button size="sm" kind="danger--tertiary" disabled={pending} onClick={overwrite}>Overwrite with mine</Button>
      </div>
    </div>
  )
}
