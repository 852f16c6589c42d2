/** The steps of an instance with where it is: the outline and the diagram. Also on the page of its snapshot. */
import { SkeletonText } from '@carbon/react'
import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { flowsQuery, incidentsQuery, tasksOfQuery, visitsQuery, workQuery } from '../../api/lifecycles'
import type { Instance } from '../../api/types'
import { ProcessView } from '../../components/lifecycle/ProcessView'
import { ProblemView } from '../../components/views'
import { factsOf, instanceName, isRunning } from '../../lib/lifecycle'
import type { Outline } from '../../lib/process'
import { StepDetail } from './StepDetail'
import { StepTask } from './StepTask'

export function InstanceSteps({ instance }: { instance: Instance }) {
  const running = isRunning(instance)
  const visits = useQuery(visitsQuery(instance.id, running))
  const incidents = useQuery(incidentsQuery(instance.id, running))
  const flows = useQuery(flowsQuery(instance.id, running)).data
  const work = useQuery({ ...workQuery(instance.id), enabled: running }).data
  const tasks = useQuery({ ...tasksOfQuery(instance.id), enabled: running && (instance.openTasks ?? 0) > 0 }).data ?? []
  const facts = useCallback((outline: Outline) => factsOf(outline.steps, visits.data ?? [], incidents.data ?? [], running), [visits.data, incidents.data, running])
  const error = visits.error ?? incidents.error
  if (error && !visits.data) return <ProblemView error={error} retry={() => void visits.refetch()} />
  if (!visits.data || !incidents.data) return <div aria-busy="true"><SkeletonText paragraph lineCount={8} /></div>
  if (!instance.processDefinitionId) return null
  return <ProcessView definitionId={instance.processDefinitionId} label={`Diagram of ${instanceName(instance)}`} facts={facts} {...(flows && { taken: flows })} detail={(step, own, steps) => <StepDetail step={step} facts={own} steps={steps} {...(running && work && { work })}>{running && tasks.filter((task) => task.taskDefinitionKey === step.id).map((task) => <StepTask key={task.id} task={task} instance={instance} step={step} />)}</StepDetail>} />
}
