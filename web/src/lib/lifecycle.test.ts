import { describe, expect, test } from 'vitest'
import type { Incident, Instance, Visit } from '../api/types'
import { current, factsOf, failureOf, findings, headline, incidentMessage, instanceState, instantOf, outcomeState, outcomeWords, passedBy, runs, valueText, waitOf } from './lifecycle'
import type { Step } from './process'
import { toneOf } from './status'

const step = (id: string, next: string[], more: Partial<Step> = {}): Step => ({ id, name: id, kind: 'Task', level: 1, next, ...more })
const steps = [step('a', ['sub', 'z']), step('sub', ['b', 'd']), step('b', ['c'], { parent: 'sub', level: 2 }), step('c', [], { parent: 'sub', level: 2 }), step('d', []), step('z', [])]
const visit = (activityId: string, more: Partial<Visit> = {}): Visit => ({ id: `v-${activityId}`, activityId, activityType: 'task', startTime: '2026-11-26T07:00:00.000+0000', endTime: '2026-11-26T07:00:02.000+0000', ...more })
const incident = (activityId: string, open = true): Incident => ({ id: `i-${activityId}`, incidentType: 'failedJob', incidentMessage: 'refused', activityId, open })
const instance = (more: Partial<Instance> = {}): Instance => ({ id: '1', state: 'ACTIVE', ...more })

test('a life cycle of SageMaker has nothing to show of another snapshot, that it looked at and let be', () => {
  expect(passedBy(instance({ state: 'COMPLETED', outcome: 'NOT_SAGEMAKER' }))).toBe(true)
  expect(passedBy(instance({ state: 'COMPLETED', outcome: 'REJECTED' }))).toBe(false)
  expect(passedBy(instance({ outcome: 'NOT_SAGEMAKER' }))).toBe(false)
})

describe('where an instance is', () => {
  const visits = [visit('a'), visit('sub', { endTime: null }), visit('b', { endTime: null })]

  test('the innermost step counts, others are done, come, or were left out', () => {
    const facts = factsOf(steps, visits, [], true)
    expect([...facts].map(([id, { state }]) => `${id} ${state}`)).toEqual(['a DONE', 'sub AT', 'b AT', 'c AHEAD', 'd AHEAD', 'z LEFT_OUT'])
    expect(current(steps, facts).map((one) => one.id)).toEqual(['b'])
    expect(headline(instance(), current(steps, facts), facts)).toBe('It is at “b”.')
    expect(headline(instance({ waitsFor: 'The job j waits for AWS: full.' }), current(steps, facts), facts)).toBe('It is at “b”. The job j waits for AWS: full.')
  })

  test('an open incident is where it is stuck, a resolved one is not', () => {
    const facts = factsOf(steps, visits, [incident('b')], true)
    expect(facts.get('b')!.state).toBe('STUCK')
    expect(headline(instance(), current(steps, facts), facts)).toContain('stuck at “b”')
    expect(factsOf(steps, visits, [incident('b', false)], true).get('b')!.state).toBe('AT')
    expect(instanceState({ state: 'ACTIVE', incidents: 1 })).toBe('STUCK')
    expect(instanceState({ state: 'ACTIVE', incidents: 1, openTasks: 1 })).toBe('STUCK')
    expect(instanceState({ state: 'ACTIVE', incidents: 0, openTasks: 1 })).toBe('WAITS_FOR_PERSON')
    expect(headline(instance({ openTasks: 1 }), current(steps, factsOf(steps, visits, [], true)), factsOf(steps, visits, [], true))).toBe('It is at “b”. It waits for a person.')
    expect(instanceState({ state: 'COMPLETED', incidents: 1 })).toBe('COMPLETED')
    expect(instanceState({ state: 'COMPLETED', incidents: 0, outcome: 'TRANSFORM_FAILED' })).toBe('ENDED')
  })

  test('a repeated step was visited once for each item', () => {
    const around = visit('b', { activityType: 'multiInstanceBody', endTime: null })
    expect(factsOf(steps, [around, visit('b', { loopCounter: 0 }), visit('b', { loopCounter: 1, endTime: null })], [], true).get('b')).toMatchObject({ state: 'AT', visits: [{ loopCounter: 0 }, { loopCounter: 1 }] })
    expect(factsOf(steps, [{ ...around, endTime: '2026-11-26T07:00:02.000+0000' }], [], true).get('b')!.state).toBe('DONE')
  })

  test('a step that called what is stuck says so in the words of that', () => {
    const at: Incident = { ...incident('b'), incidentMessage: null, rootCauseIncidentMessage: 'no such table' }
    expect(incidentMessage(at)).toBe('no such table')
    expect(incidentMessage(incident('b'))).toBe('refused')
    expect(factsOf(steps, visits, [at], true).get('b')!.state).toBe('STUCK')
  })

  test('when it has ended nothing comes, and what was left is told', () => {
    const facts = factsOf(steps, [visit('a'), visit('b', { canceled: true })], [], false)
    expect(['a', 'b', 'c'].map((id) => facts.get(id)!.state)).toEqual(['DONE', 'ABORTED', 'LEFT_OUT'])
    expect(headline(instance({ state: 'EXTERNALLY_TERMINATED', deleteReason: 'asked anew' }), [], facts)).toBe('It was cancelled. asked anew.')
    expect(headline(instance({ state: 'COMPLETED', outcome: 'TEST_FAILED' }), [], facts)).toBe('It has ended: test failed.')
    const failure = failureOf([{ name: 'OUTCOME', value: 'TRANSFORM_FAILED', state: 'CREATED' }, { name: 'ERROR_MESSAGE', value: 'The model raised ValueError.', state: 'CREATED' }])
    expect(headline(instance({ state: 'COMPLETED', outcome: 'TRANSFORM_FAILED' }), [], facts, failure)).toBe('It has ended: transform failed. The model raised ValueError.')
    expect(headline(instance({ state: 'COMPLETED', outcome: 'DEPLOYED' }), [], facts, failure)).not.toContain('ValueError')
  })
})

test('times of Camunda are read', () => {
  expect(instantOf('2026-11-26T07:20:33.000+0000')).toBe(Date.UTC(2026, 10, 26, 7, 20, 33))
  expect(instantOf(null)).toBeUndefined()
})

test('an outcome that failed is never good', () => {
  const tones = (outcomes: string[]) => outcomes.map((one) => toneOf(outcomeState(one)))
  expect(tones(['DEPLOYED', 'ALREADY_DEPLOYED'])).toEqual(['good', 'good'])
  expect(tones(['TRANSFORM_FAILED', 'DEPLOY_FAILED', 'FAILED', 'REJECTED', 'SCORING_FAILED'])).toEqual(Array(5).fill('bad'))
  expect(tones(['EXPIRED', 'CANCELLED', 'NOT_SAGEMAKER', 'Whatever'])).toEqual(Array(4).fill('idle'))
})

test('outcomes in words', () => {
  expect(outcomeWords('NOT_SAGEMAKER')).toBe('Not SageMaker')
  expect(outcomeWords('All is well')).toBe('All is well')
  expect(outcomeWords(null)).toBeUndefined()
})

test('why it waits', () => {
  const soon = () => 'in 5 min'
  expect(waitOf({ id: '1', jobType: 'timer', retries: 1, dueDate: '2026-11-26T07:20:33.000+0000' }, soon)).toBe('Its time comes in 5 min')
  expect(waitOf({ id: '1', jobType: 'task', retries: 2, exceptionMessage: 'AWS refused.', dueDate: '2026-11-26T07:20:33.000+0000' }, soon)).toBe('Failed: AWS refused. It is tried again in 5 min, 2 more times.')
  expect(waitOf({ id: '1', jobType: 'task', retries: 3 }, soon)).toBeUndefined()
})

test('values are shown as they are, JSON with its lines', () => {
  expect(valueText('{"a":1}')).toBe('{\n  "a": 1\n}')
  expect(valueText('{no')).toBe('{no')
  expect(valueText(true)).toBe('true')
})

test('findings of the reader and of the compiler', () => {
  expect(findings([{ pointer: 'S1', expected: 'an external task', got: 'line 4, SCRIPT: a script in groovy' }, { pointer: 'G1', expected: 'GATEWAY_DEFAULT: a default flow', got: 'none' }])).toEqual([
    { element: 'S1', found: 'Line 4: a script in groovy', instead: 'An external task' },
    { element: 'G1', found: 'None', instead: 'A default flow' },
  ])
  expect(findings([{ pointer: 'B1', expected: 'error-interrupts: what catches an error interrupts', got: 'cancelActivity="false"' }])[0]).toMatchObject({ found: 'cancelActivity="false"', instead: 'What catches an error interrupts' })
  expect(findings([{ pointer: 'T1', expected: "execution.setVariable('a', 1) alone", got: 'camunda:type="java"' }])[0]).toMatchObject({ found: 'camunda:type="java"', instead: "execution.setVariable('a', 1) alone" })
})

test('a file that is neither process nor decision would not run', () => {
  expect(['review.bpmn', 'review.bpmn20.xml', 'limits.dmn', 'limits.dmn11.xml'].every(runs)).toBe(true)
  expect(['review.txt', 'review.bpmn.bak', 'bpmn', ''].some(runs)).toBe(false)
})
