/** The end of a task: what its form asks for or, where it has none, variables by name, type and value. */
import { Button, Checkbox, Modal, Select, SelectItem } from '@carbon/react'
import { Add } from '@carbon/react/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { taskPath, taskVariablesQuery } from '../../api/lifecycles'
import { home } from '../../api/paths'
import type { UserTask } from '../../api/types'
import { TextField } from '../../components/fields'
import { CommandLines, ProblemView } from '../../components/views'
import { curl } from '../../lib/commands'
import type { FormField } from '../../lib/process'
import { completeCommand, fieldFault, formVariables, initialOf, type Row, rowFault, rowVariables, taskName, type VariableType } from '../../lib/task'

const empty: Row = { name: '', type: 'String', text: '' }

export function CompleteTask({ task, fields, close }: { task: UserTask; fields: readonly FormField[]; close: () => void }) {
  const client = useQueryClient()
  const known = useQuery({ ...taskVariablesQuery(task.id), enabled: fields.length > 0 })
  const [typed, setTyped] = useState<Record<string, string>>({})
  const [rows, setRows] = useState<Row[]>([])
  const [wishes] = useState(keyKeeper)
  const text = (field: FormField) => typed[field.id] ?? initialOf(field, known.data)
  const faulty = fields.some((field) => !field.readonly && fieldFault(field, text(field))) || rows.some((_, at) => Object.keys(rowFault(rows, at)).length > 0)
  const variables = faulty ? {} : { ...formVariables(fields, text), ...rowVariables(rows) }
  const body = { variables }
  const path = taskPath(task.id, 'complete')
  const complete = useMutation({
    mutationFn: () => send('POST', path, { body, idempotencyKey: wishes.of(body) }),
    onSuccess: close,
    onSettled: (_, error) => {
      wishes.settled(error)
      return client.invalidateQueries({ queryKey: ['lifecycles'] })
    },
  })
  return (
    <Modal
      open
      modalHeading={`Complete “${taskName(task)}”?`}
      modalAriaLabel="Complete the task"
      primaryButtonText="Complete"
      secondaryButtonText="Cancel"
      primaryButtonDisabled={faulty || complete.isPending || (fields.length > 0 && known.isPending)}
      onRequestClose={close}
      onRequestSubmit={() => complete.mutate()}
    >
      <div className="stack">
        <p>The life cycle goes on then, with what stands here. Your name is kept with it.</p>
        {task.description && <p className="note">{task.description}</p>}
        {complete.isError && <ProblemView error={complete.error} />}
        {known.isError && <ProblemView error={known.error} retry={() => void known.refetch()} />}
        {fields.map((field) => <Field key={field.id} field={field} text={text(field)} set={(value) => setTyped({ ...typed, [field.id]: value })} />)}
        {fields.length === 0 && <Rows rows={rows} set={setRows} />}
        {!faulty && <CommandLines commands={{ cli: completeCommand(task.id, variables), curl: curl(home, path, 'POST', body) }} />}
      </div>
    </Modal>
  )
}

function Field({ field, text, set }: { field: FormField; text: string; set: (text: string) => void }) {
  const [left, setLeft] = useState(false)
  const fault = left && !field.readonly ? fieldFault(field, text) : undefined
  const id = `task-field-${field.id}`
  const label = `${field.label}${field.required || field.readonly || field.type === 'boolean' ? '' : ' (optional)'}`
  if (field.type === 'boolean') return <Checkbox id={id} labelText={label} checked={text === 'true'} disabled={field.readonly} onChange={(_, { checked }) => set(String(checked))} />
  if (field.type === 'enum') {
    return (
      <Select id={id} labelText={label} value={text} disabled={field.readonly} invalid={fault !== undefined} invalidText={fault} onBlur={() => setLeft(true)} onChange={(event) => set(event.target.value)}>
        {!field.values.some((one) => one.id === text) && <SelectItem value={text} text={text || 'Choose'} />}
        {field.values.map((one) => <SelectItem key={one.id} value={one.id} text={one.name} />)}
      </Select>
    )
  }
  return (
    <TextField
      id={id}
      labelText={label}
      type={field.type === 'date' ? 'date' : 'text'}
      {...(field.type === 'long' && { inputMode: 'numeric' as const })}
      value={text}
      readOnly={field.readonly}
      required={field.required}
      invalid={fault !== undefined}
      invalidText={fault}
      onBlur={() => setLeft(true)}
      onChange={(event) => set(event.target.value)}
    />
  )
}

const types: readonly [VariableType, string][] = [['String', 'Text'], ['Number', 'Number'], ['Boolean', 'Yes or no'], ['Json', 'JSON']]

/** What the steps that follow ask for stands in the file alone, so that anything can be given. */
function Rows({ rows, set }: { rows: readonly Row[]; set: (rows: Row[]) => void }) {
  const change = (at: number, part: Partial<Row>) => set(rows.map((row, index) => (index === at ? { ...row, ...part } : row)))
  return (
    <fieldset className="stack">
      <legend className="cds--label">Variables (optional)</legend>
      {rows.map((row, at) => {
        const fault = rowFault(rows, at)
        const id = `task-variable-${at}`
        return (
          <div key={at} className="variable-row" role="group" aria-label={`Variable ${at + 1}`}>
            <TextField id={`${id}-name`} labelText="Name" value={row.name} maxLength={255} invalid={fault.name !== undefined} invalidText={fault.name} onChange={(event) => change(at, { name: event.target.value })} />
            <Select id={`${id}-type`} labelText="Type" value={row.type} onChange={(event) => change(at, { type: event.target.value as VariableType, text: event.target.value === 'Boolean' ? 'true' : '' })}>
              {types.map(([type, word]) => <SelectItem key={type} value={type} text={word} />)}
            </Select>
            {row.type === 'Boolean' ? (
              <Select id={`${id}-text`} labelText="Value" value={row.text} onChange={(event) => change(at, { text: event.target.value })}>
                <SelectItem value="true" text="Yes" />
                <SelectItem value="false" text="No" />
              </Select>
            ) : (
              <TextField id={`${id}-text`} labelText="Value" value={row.text} invalid={fault.text !== undefined} invalidText={fault.text} onChange={(event) => change(at, { text: event.target.value })} />
            )}
            <Button size="md" kind="ghost" onClick={() => set(rows.filter((_, index) => index !== at))}>Remove</Button>
          </div>
        )
      })}
      <div><Button size="sm" kind="tertiary" renderIcon={Add} onClick={() => set([...rows, empty])}>Add a variable</Button></div>
    </fieldset>
  )
}
