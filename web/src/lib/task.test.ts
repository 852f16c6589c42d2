import { describe, expect, test } from 'vitest'
import type { UserTask } from '../api/types'
import { readOutline } from './process'
import { completeCommand, fieldFault, formVariables, forWhom, initialOf, isOverdue, rowFault, rowVariables, taskRefusal } from './task'

const task = (more: Partial<UserTask> = {}): UserTask => ({ id: 'i:2', processInstanceId: 'i', taskDefinitionKey: 'Review', tenantId: 'risk', candidateUsers: [], candidateGroups: [], ...more })
const rights = { risk: { modelMLCs: { own: ['READ' as const, 'EXECUTE' as const], any: ['READ' as const, 'EXECUTE' as const] } } }
const ana = { username: 'ana', groups: ['risk'], admin: false, rights }

describe('who may complete a task', () => {
  test('its assignee, else its candidates, else anybody who may run life cycles of its group', () => {
    expect(taskRefusal(ana, task(), {})).toBeUndefined()
    expect(taskRefusal(ana, task({ candidateUsers: ['ana'], candidateGroups: ['audit'] }), {})).toBeUndefined()
    expect(taskRefusal(ana, task({ candidateGroups: ['risk'] }), {})).toBeUndefined()
    expect(taskRefusal(ana, task({ candidateGroups: ['audit'], candidateUsers: ['bob'] }), {})).toContain('anyone in audit or bob')
    expect(taskRefusal(ana, task({ assignee: 'bob', candidateUsers: ['ana'] }), {})).toContain("It is bob's")
    expect(taskRefusal(ana, task({ assignee: 'ana', candidateGroups: ['audit'] }), {})).toBeUndefined()
    expect(taskRefusal({ ...ana, admin: true }, task({ assignee: 'bob' }), {})).toBeUndefined()
  })

  test('not who may only look at life cycles of its group', () => {
    const looks = { ...ana, rights: { risk: { modelMLCs: { own: ['READ' as const, 'EXECUTE' as const], any: ['READ' as const] } } } }
    expect(taskRefusal(looks, task(), { startUserId: 'bob' })).toContain('you may look at life cycles')
    expect(taskRefusal(looks, task(), { startUserId: 'ana' })).toBeUndefined()
  })
})

test('whom it waits for, and whether it is late', () => {
  expect([task(), task({ candidateGroups: ['risk'], candidateUsers: ['bob'] }), task({ assignee: 'bob', candidateGroups: ['risk'] })].map(forWhom)).toEqual(['anybody', 'anyone in risk or bob', 'bob'])
  const now = Date.UTC(2026, 0, 31)
  expect([isOverdue(task(), now), isOverdue(task({ due: '2026-01-30T00:00:00.000+0000' }), now), isOverdue(task({ due: '2026-02-01T00:00:00.000+0000' }), now)]).toEqual([false, true, false])
})

describe('the form of a task', () => {
  const xml = `<?xml version="1.0"?><b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:c="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t"><b:process id="p"><b:userTask id="Review"><b:extensionElements><c:formData>
    <c:formField id="ok" label="May be used" type="boolean" defaultValue="true"/><c:formField id="months" type="long" defaultValue="\${12}"><c:validation><c:constraint name="required"/><c:constraint name="max" config="36"/></c:validation></c:formField>
    <c:formField id="risk" type="enum"><c:value id="LOW" name="Low"/></c:formField><c:formField id="by" type="string"><c:validation><c:constraint name="readonly"/></c:validation></c:formField><c:formField id="day" type="date"/><c:formField id="odd" type="myType"/>
    </c:formData></b:extensionElements></b:userTask><b:userTask id="Plain"/></b:process></b:definitions>`
  const fields = async () => (await readOutline(xml)).steps.find((step) => step.id === 'Review')!.fields!

  test('is read from the file', async () => {
    const [ok, months, risk, by, , odd] = await fields()
    expect(ok).toMatchObject({ label: 'May be used', type: 'boolean', initial: 'true', required: false })
    expect(months).toMatchObject({ label: 'months', required: true, max: 36 })
    expect(months!.initial).toBeUndefined()
    expect(risk!.values).toEqual([{ id: 'LOW', name: 'Low' }])
    expect([by!.readonly, odd!.type]).toEqual([true, 'string'])
    expect((await readOutline(xml)).steps.find((step) => step.id === 'Plain')!.fields).toBeUndefined()
  })

  test('begins with what the life cycle knows, and says what is wrong', async () => {
    const [ok, months] = await fields()
    expect([initialOf(ok!, undefined), initialOf(ok!, { ok: { value: false } }), initialOf(months!, { months: { value: 3 } }), initialOf(months!, undefined)]).toEqual(['true', 'false', '3', ''])
    expect(['', 'x', '1.5', '37', '36'].map((text) => fieldFault(months!, text))).toEqual(['This is needed.', 'Write a whole number.', 'Write a whole number.', 'At most 36.', undefined])
  })

  test('sends each field of its type, an empty one as null, and none that is only shown', async () => {
    const texts: Record<string, string> = { ok: 'true', months: '6', risk: 'LOW', by: 'bob', day: '', odd: '42' }
    expect(formVariables(await fields(), (field) => texts[field.id]!)).toEqual({ ok: { value: true, type: 'Boolean' }, months: { value: 6, type: 'Long' }, risk: { value: 'LOW', type: 'String' }, day: { value: null }, odd: { value: '42', type: 'String' } })
  })
})

describe('variables by name', () => {
  test('have types, and faults at their fields', () => {
    const rows = [{ name: 'score', type: 'Number' as const, text: '0.93' }, { name: ' n ', type: 'Number' as const, text: '3' }, { name: 'ok', type: 'Boolean' as const, text: 'false' }, { name: 'of', type: 'Json' as const, text: '[1]' }, { name: '', type: 'String' as const, text: '' }]
    expect(rows.map((_, at) => rowFault(rows, at))).toEqual([{}, {}, {}, {}, {}])
    expect(rowVariables(rows)).toEqual({ score: { value: 0.93, type: 'Double' }, n: { value: 3, type: 'Long' }, ok: { value: false, type: 'Boolean' }, of: { value: '[1]', type: 'Json' } })
    const wrong = [{ name: '', type: 'String' as const, text: 'x' }, { name: 'a', type: 'Number' as const, text: 'many' }, { name: 'a', type: 'String' as const, text: '' }, { name: 'b', type: 'Json' as const, text: '{' }]
    expect(wrong.map((_, at) => Object.keys(rowFault(wrong, at)).join())).toEqual(['name', 'text', 'name', 'text'])
  })

  test('are the same on the command line', () => {
    expect(completeCommand('i:2', { ok: { value: true, type: 'Boolean' }, code: { value: '42', type: 'String' }, of: { value: '[1]', type: 'Json' }, note: { value: "it's fine", type: 'String' }, none: { value: null } })).toBe(
      `slipway task complete i:2 --var ok=true --var 'code="42"' --var 'of=[1]' --var 'note=it'\\''s fine' --var none=null`)
  })
})
