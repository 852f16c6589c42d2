/** What waits for a person at a step: for whom, until when, and the way on. */
import { Button } from '@carbon/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/client'
import { taskPath } from '../../api/lifecycles'
import { sessionQuery } from '../../api/queries'
import type { Instance, UserTask } from '../../api/types'
import { useNow } from '../../components/hooks'
import { Refusable } from '../../components/Refusable'
import { Ago, Facts, Status } from '../../components/text'
import { ProblemView } from '../../components/views'
import { instantOf } from '../../lib/lifecycle'
import type { Step } from '../../lib/process'
import { forWhom, isOverdue, taskName, taskRefusal } from '../../lib/task'
import { CompleteTask } from './CompleteTask'

export function StepTask({ task, instance, step }: { task: UserTask; instance: Instance; step: Step }) {
  const session = useQuery(sessionQuery).data
  const client = useQueryClient()
  const [completing, setCompleting] = useState(false)
  const refusal = taskRefusal(session, task, instance)
  const hand = useMutation({
    mutationFn: (verb: 'claim' | 'unclaim') => call('POST', taskPath(task.id, verb), { body: {} }),
    onSettled: () => client.invalidateQueries({ queryKey: ['lifecycles'] }),
  })
  const own = task.assignee === session?.username
  const verb = own ? 'unclaim' : 'claim'
  return (
    <div className="step-task" role="group" aria-label={`Task: ${taskName(task)}`}>
      <Facts
        rows={[
          ['Waits for', forWhom(task)],
          ['Due', task.due && <Due of={task} />],
          ['Form', task.formKey && <code className="mono">{task.formKey}</code>],
        ]}
      />
      {hand.isError && <ProblemView error={hand.error} />}
      <div className="row">
        <Refusable size="sm" refusal={refusal} onClick={() => setCompleting(true)}>Complete</Refusable>
        {!refusal && (own || !task.assignee) && <Button size="sm" kind="ghost" disabled={hand.isPending} onClick={() => hand.mutate(verb)}>{own ? 'Give back' : 'Claim'}</Button>}
      </div>
      {completing && <CompleteTask task={task} fields={step.fields ?? []} close={() => setCompleting(false)} />}
    </div>
  )
}

export function Due({ of }: { of: UserTask }) {
  const late = isOverdue(of, useNow())
  return <>{late && <><Status state="OVERDUE" />, </>}<Ago at={instantOf(of.due)} focusable /></>
}
