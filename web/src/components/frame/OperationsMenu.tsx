import { InProgress } from '@carbon/react/icons'
import { useQuery } from '@tanstack/react-query'
import { operationsQuery, runningQuery } from '../../api/queries'
import { count, faultsOf, operationHref, progress, statusOf, subjectOf, underWayFirst } from '../../lib/operation'
import { Status } from '../text'
import { HeaderMenu } from './HeaderMenu'

/** Long work under way, and the last that ended. */
export function OperationsMenu() {
  const { data: last } = useQuery(operationsQuery)
  const { data: underWay } = useQuery(runningQuery)
  const running = underWay?.page.totalElements ?? 0
  const operations = underWayFirst(underWay?.items ?? [], last?.items ?? [])
  const label = running > 0 ? `Operations: ${running} running` : 'Operations'
  return (
    <HeaderMenu label={label} icon={<span className="operations-icon" data-running={running > 0 || undefined}><InProgress size={20} />{running > 0 && <span className="operations-count">{running}</span>}</span>}>
      {(close) => (
        <>
          <h2>Imports and deployments</h2>
          {operations.length === 0 && <p className="frame-menu-note">None so far. Add a business model to start one.</p>}
          {operations.map((operation) => (
            <a key={operation.id} className="frame-menu-item spread" href={operationHref(operation)} onClick={close}>
              <span>{subjectOf(operation)}</span>
              {operation.state === 'RUNNING' ? <span>{Math.round(progress(operation) * 100)} %</span> : <Status state={statusOf(operation)} />}
              {faultsOf(operation).length > 0 && <span className="visually-hidden">{count(faultsOf(operation).length, 'problem')}</span>}
            </a>
          ))}
        </>
      )}
    </HeaderMenu>
  )
}
