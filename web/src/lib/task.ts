/** Tasks of life cycles that wait for people: for whom, who may, and what completing one sends. */
import type { UserTask } from '../api/types'
import { shellQuote } from './commands'
import { instantOf } from './lifecycle'
import type { FormField } from './process'
import { steerRefusal, type Who } from './rights'

export const taskName = (task: Pick<UserTask, 'name' | 'taskDefinitionKey'>): string => task.name || task.taskDefinitionKey

const candidates = (task: UserTask): string[] => [...(task.candidateGroups ?? []).map((group) => `anyone in ${group}`), ...(task.candidateUsers ?? [])]

/** Whom it waits for, in words. */
export function forWhom(task: UserTask): string {
  if (task.assignee) return task.assignee
  const all = candidates(task)
  return all.length > 0 ? all.join(' or ') : 'anybody'
}

export const isOverdue = (task: Pick<UserTask, 'due'>, now: number): boolean => (instantOf(task.due) ?? Infinity) < now

/** @return why this person may not complete it; nothing when they may. The server decides, by the same rules. */
export function taskRefusal(who: Who | null | undefined, task: UserTask, instance: { startUserId?: string | null }): string | undefined {
  const lacking = steerRefusal(who, { tenantId: task.tenantId ?? null, startUserId: instance.startUserId ?? null })
  if (!who || who.admin || lacking) return lacking
  if (task.assignee) return task.assignee === who.username ? undefined : `It is ${task.assignee}'s, who can complete it or give it back. An administrator can, too.`
  const offered = (task.candidateUsers ?? []).includes(who.username) || (task.candidateGroups ?? []).some((group) => who.groups.includes(group))
  return candidates(task).length === 0 || offered ? undefined : `It is for ${forWhom(task)}. An administrator can complete it, too.`
}

export type VariableType = 'String' | 'Number' | 'Boolean' | 'Json'
export interface Typed {
  value: unknown
  type?: string
}

/** What a text is as a value of its type; empty is nothing. @throws Error with what is wrong, in words. */
export function valueOf(type: VariableType, text: string): Typed {
  const name = type === 'Number' ? (/^\s*-?\d+\s*$/.test(text) ? 'Long' : 'Double') : type
  if (type === 'String') return { value: text, type: name }
  if (text.trim() === '') return { value: null }
  if (type === 'Boolean') return { value: text === 'true', type: name }
  if (type === 'Json') {
    try {
      JSON.parse(text)
    } catch {
      throw new Error('This is no JSON: text in it stands in "double quotes".')
    }
    return { value: text, type: name }
  }
  const number = Number(text)
  if (!Number.isFinite(number) || (name === 'Long' && !Number.isSafeInteger(number))) throw new Error('Write a number, such as 12 or 0.93.')
  return { value: number, type: name }
}

const kinds: Record<FormField['type'], VariableType> = { string: 'String', long: 'Number', boolean: 'Boolean', date: 'String', enum: 'String' }

/** What is wrong with what stands in a field of the task's form. */
export function fieldFault(field: FormField, text: string): string | undefined {
  const { required, min, max, minlength, maxlength } = field
  if (text.trim() === '') return required ? 'This is needed.' : undefined
  if (field.type === 'long') {
    if (!/^\s*-?\d+\s*$/.test(text) || !Number.isSafeInteger(Number(text))) return 'Write a whole number.'
    if (min !== undefined && Number(text) < min) return `At least ${min}.`
    if (max !== undefined && Number(text) > max) return `At most ${max}.`
  }
  if (minlength !== undefined && text.length < minlength) return `At least ${minlength} characters.`
  return maxlength !== undefined && text.length > maxlength ? `At most ${maxlength} characters.` : undefined
}

/** What stands in a field before anybody types: what the life cycle knows, else what the form says. */
export function initialOf(field: FormField, known: Record<string, Typed> | undefined): string {
  const value = known?.[field.id]?.value
  if (value !== undefined && value !== null) return typeof value === 'string' ? value : JSON.stringify(value)
  if (field.initial !== undefined) return field.initial
  return field.type === 'boolean' ? 'false' : ''
}

/** Variables of a form that is filled in. An empty field is null, so that conditions find it. */
export function formVariables(fields: readonly FormField[], text: (field: FormField) => string): Record<string, Typed> {
  return Object.fromEntries(fields.filter((field) => !field.readonly).map((field) => [field.id, text(field).trim() === '' ? { value: null } : valueOf(kinds[field.type], text(field))]))
}

export interface Row {
  name: string
  type: VariableType
  text: string
}

/** What is wrong with a row of a name, a type and a value; rows without anything in them do not count. */
export function rowFault(rows: readonly Row[], at: number): { name?: string; text?: string } {
  const { name, type, text } = rows[at]!
  if (!name.trim()) return text.trim() ? { name: 'It needs a name.' } : {}
  if (rows.findIndex((row) => row.name.trim() === name.trim()) < at) return { name: 'This name stands there already.' }
  try {
    valueOf(type, text)
    return {}
  } catch (error) {
    return { text: (error as Error).message }
  }
}

export const rowVariables = (rows: readonly Row[]): Record<string, Typed> => Object.fromEntries(rows.filter((row) => row.name.trim()).map((row) => [row.name.trim(), valueOf(row.type, row.text)]))

/** The same on the command line, where what JSON calls a value is one. */
export function completeCommand(id: string, variables: Record<string, Typed>): string {
  const word = ({ value, type }: Typed) => (typeof value !== 'string' || (type !== 'Json' && isJson(value)) ? JSON.stringify(value) : value)
  return ['slipway task complete', shellQuote(id), ...Object.entries(variables).map(([name, typed]) => `--var ${shellQuote(`${name}=${word(typed)}`)}`)].join(' ')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
