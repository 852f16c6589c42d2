import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ahead, readOutline } from './process'

const shipped = readFileSync(new URL('../../../lifecycles/sagemaker-deploy-model.bpmn', import.meta.url), 'utf8')

const file = (inside: string) => `<?xml version="1.0"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="t"><process id="p" isExecutable="true">${inside}</process></definitions>`
const flow = (id: string, from: string, to: string) => `<sequenceFlow id="f${id}" sourceRef="${from}" targetRef="${to}"/>`

describe('the outline of a process', () => {
  test('steps stand after what leads to them, the first way first, and a loop does not hold it up', async () => {
    const xml = file(`<endEvent id="e"/><task id="b" name="B"/><task id="a" name="A"/><startEvent id="s"/><exclusiveGateway id="g"/><task id="c" name="C"/>${flow('1', 's', 'a')}${flow('2', 'a', 'g')}${flow('3', 'g', 'b')}${flow('4', 'g', 'c')}${flow('5', 'b', 'e')}${flow('6', 'c', 'a')}`)
    const { steps, drawn } = await readOutline(xml)
    expect(steps.map((step) => step.id)).toEqual(['s', 'a', 'g', 'b', 'e', 'c'])
    expect(drawn).toBe(false)
  })

  test('what stands in a subprocess or hangs at a step is one level deeper', async () => {
    const { steps, drawn } = await readOutline(shipped)
    const at = (id: string) => steps.findIndex((step) => step.id === id)
    const step = (id: string) => steps[at(id)]!
    expect(drawn).toBe(true)
    expect(new Set(steps.map((one) => one.id)).size).toBe(steps.length)
    expect(steps[0]!.id).toBe('Start_Snapshot')
    expect(step('T_TfCreate')).toMatchObject({ parent: 'S_Transform', level: 2 })
    expect(step('B_Expire')).toMatchObject({ at: 'R_Decision', level: 2, kind: 'Timer' })
    expect(step('B_Remind').kind).toBe('Timer, beside it')
    expect(at('T_Verify')).toBeGreaterThan(at('T_Get'))
    expect(at('R_Decision')).toBeGreaterThan(at('S_Transform'))
    expect(at('S_Deploy')).toBeGreaterThan(at('R_Decision'))
    expect(steps.filter((one) => one.level === 1).at(-1)!.id).toBe('ES_Exception')
  })

  test('ahead is what can still be reached', async () => {
    const { steps } = await readOutline(shipped)
    const coming = ahead(steps, ['R_Decision'])
    expect(['G_Decision', 'S_Deploy', 'T_EpCreate', 'E_Expired', 'E_Deployed', 'ES_Exception', 'T_ExTicket'].filter((id) => !coming.has(id))).toEqual([])
    expect(['T_Get', 'E_NotSM', 'S_Transform', 'R_Tf'].filter((id) => coming.has(id))).toEqual([])
    expect(ahead(steps, []).size).toBe(0)
  })

  test('what is no BPMN is refused', async () => {
    await expect(readOutline('<html/>')).rejects.toThrow()
  })
})
