import { expect, type Page, test } from '@playwright/test'
import { mocked, Rest } from './backend'
import { axeFaults, open, problem, signIn, watch } from './pages'

const bpmn = (inside: string) => Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="journey">
  <bpmn:process id="Journey_Review" name="Journey review" isExecutable="true" camunda:historyTimeToLive="P30D">
    <bpmn:startEvent id="Start" name="Begins"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    ${inside}
    <bpmn:endEvent id="End" name="Reviewed"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="Start" targetRef="Review" />
    <bpmn:sequenceFlow id="f2" sourceRef="Review" targetRef="End" />
  </bpmn:process>
</bpmn:definitions>`)
const file = (inside: string) => ({ name: 'journey-review.bpmn', mimeType: 'application/xml', buffer: bpmn(inside) })
const scripted = file('<bpmn:scriptTask id="Review" name="Review" scriptFormat="groovy"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing><bpmn:script>println 1</bpmn:script></bpmn:scriptTask>')
const accepted = file('<bpmn:serviceTask id="Review" name="Review" camunda:type="external" camunda:topic="journey.review"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing></bpmn:serviceTask>')

test('a file that cannot run here is refused by its elements, a mended one is deployed', async ({ page }) => {
  const seen = watch(page)
  await signIn(page, '/#/lifecycles')
  await expect(page.getByRole('table', { name: 'Life cycles' }).getByRole('link', { name: 'SageMaker deploy model' })).toBeVisible()
  await page.getByRole('button', { name: 'Deploy a file' }).click()
  const dialog = page.getByRole('dialog', { name: 'Deploy a life cycle' })
  await dialog.getByLabel('Files').setInputFiles([scripted])
  await dialog.getByRole('button', { name: 'Deploy', exact: true }).click()
  const report = dialog.getByRole('table', { name: 'What cannot run here' })
  await expect(report.getByRole('rowheader', { name: 'Review' })).toBeVisible()
  await expect(dialog.getByText('Nothing was changed.', { exact: false })).toBeVisible()
  expect(await axeFaults(page)).toEqual([])
  await dialog.getByLabel('Files').setInputFiles([accepted])
  await expect(report).toHaveCount(0)
  await dialog.getByRole('button', { name: 'Deploy', exact: true }).click()
  await expect(dialog.getByRole('link', { name: 'Journey review' })).toBeVisible()
  expect(await axeFaults(page)).toEqual([])
  await dialog.getByRole('link', { name: 'Journey review' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Journey review' })).toBeVisible()
  await expect(page.getByRole('tree', { name: 'Steps' }).getByRole('treeitem')).toHaveText([/Begins/, /Review/, /Reviewed/])
  await expect(page.getByText('The file has no picture')).toBeVisible()
  expect(seen.faults).toEqual([])
})

const steps = (page: Page) => page.getByRole('tree', { name: 'Steps' })

test('an instance with an incident is tried again, in step on outline and diagram', async ({ page }) => {
  test.skip(!mocked, 'the next journey is stuck on a real server')
  test.setTimeout(120_000)
  const seen = watch(page)
  await signIn(page, '/#/lifecycles')
  await page.getByRole('table', { name: 'Life cycles' }).getByRole('row', { name: /SageMaker deploy model/ }).getByRole('link', { name: '1', exact: true }).click()
  await expect(page).toHaveURL(/show=stuck/)
  await page.getByRole('table', { name: 'Instances' }).getByRole('rowheader').getByRole('link').click()
  await expect(page.getByText('It is stuck at “Create transform job”')).toBeVisible()
  await expect(steps(page).locator('[aria-selected="true"]')).toContainText('Create transform job')
  await expect(page.locator('.djs-element.life-STUCK[data-element-id="T_TfCreate"]')).toHaveCount(1)
  // The outline by keyboard moves the diagram, the diagram moves the outline.
  await steps(page).locator('[tabindex="0"]').press('ArrowDown')
  await expect(page.locator('.life-selected[data-element-id="R_Tf"]')).toHaveCount(1)
  await expect(steps(page).locator(':focus')).toContainText('Wait for the job')
  await page.locator('.djs-element[data-element-id="T_TfCreate"]').click()
  await expect(steps(page).locator('[aria-selected="true"]')).toContainText('Create transform job')
  expect(await axeFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('It is at “Wait for the job”.')).toBeVisible()
  await expect(page.locator('.djs-element.life-AT[data-element-id="R_Tf"]')).toHaveCount(1)
  await expect(problem(page)).toHaveCount(0)

  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Cancel the life cycle' })
  await expect(dialog.getByRole('button', { name: 'Cancel the life cycle' })).toBeDisabled()
  await dialog.getByLabel('Reason').fill('a newer snapshot comes')
  await dialog.getByRole('button', { name: 'Cancel the life cycle' }).click()
  await expect(page.getByText('It was cancelled. a newer snapshot comes.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Cancel', exact: true })).toHaveCount(0)
  expect(seen.faults).toEqual([])
})

test('a run that is stuck on a real server goes on once its cause is mended', async ({ page }) => {
  test.skip(mocked, 'the mock evaluates nothing')
  const decides = bpmn(`<bpmn:exclusiveGateway id="Review" name="Good enough?" default="f2" camunda:asyncBefore="true"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing><bpmn:outgoing>f3</bpmn:outgoing></bpmn:exclusiveGateway>
    <bpmn:endEvent id="Poor" name="Poor"><bpmn:incoming>f3</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f3" sourceRef="Review" targetRef="Poor"><bpmn:conditionExpression>\${score &lt; 0.5}</bpmn:conditionExpression></bpmn:sequenceFlow>`)
  await signIn(page, '/#/lifecycles')
  await page.getByRole('button', { name: 'Deploy a file' }).click()
  const dialog = page.getByRole('dialog', { name: 'Deploy a life cycle' })
  await dialog.getByLabel('Files').setInputFiles([{ ...file(''), buffer: decides }])
  await dialog.getByRole('button', { name: 'Deploy', exact: true }).click()
  await expect(dialog.getByRole('link', { name: 'Journey review' })).toBeVisible()
  const rest = await Rest.signIn()
  const { id } = await rest.post('/mlc-service/rest/process-definition/key/Journey_Review/start', {})
  await page.goto(`/#/instances/${id}`)
  await expect(page.getByText('It is stuck at “Good enough?”')).toBeVisible()
  await expect(page.locator('.incident').getByText('score', { exact: false }).first()).toBeVisible()
  await rest.put(`/mlc-service/rest/process-instance/${id}/variables/score`, { value: 0.9, type: 'Double' })
  await rest.close()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('Reviewed').first()).toBeVisible()
  await expect(page.locator('.incident')).toHaveCount(0)
})

test('a run that called a process that is stuck leads there, and tries it again', async ({ page }) => {
  test.skip(mocked, 'the mock calls nothing')
  const text = (key: string, step: string) => bpmn(step).toString().replaceAll('Journey_Review', key).replace('Journey review', key)
  const calls = `<bpmn:callActivity id="Review" name="Review" calledElement="Journey_Called"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing></bpmn:callActivity>`
  const works = '<bpmn:serviceTask id="Review" name="Score" camunda:type="external" camunda:topic="journey.called"><bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing></bpmn:serviceTask>'
  await signIn(page, '/#/lifecycles')
  for (const [key, step] of [['Journey_Called', works], ['Journey_Caller', calls]] as const) {
    await page.getByRole('button', { name: 'Deploy a file' }).click()
    const dialog = page.getByRole('dialog', { name: 'Deploy a life cycle' })
    await dialog.getByLabel('Files').setInputFiles([{ name: `${key}.bpmn`, mimeType: 'application/xml', buffer: Buffer.from(text(key, step)) }])
    await dialog.getByRole('button', { name: 'Deploy', exact: true }).click()
    await expect(dialog.getByRole('link', { name: key })).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(dialog).toHaveCount(0)
  }
  const rest = await Rest.signIn()
  const { id } = await rest.post('/mlc-service/rest/process-definition/key/Journey_Caller/start', {})
  const [task] = await rest.get<{ id: string }[]>('/mlc-service/rest/external-task?topicName=journey.called')
  await rest.put(`/mlc-service/rest/external-task/${task!.id}/retries`, { retries: 0 })
  await rest.close()
  const row = page.getByRole('table', { name: 'Life cycles' }).getByRole('row', { name: /Journey_Caller/ })
  await row.getByRole('link', { name: '1', exact: true }).last().click()
  await page.getByRole('table', { name: 'Instances' }).getByRole('rowheader').getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(`#/instances/${id}`))
  await expect(page.getByText('It is stuck at “Review”')).toBeVisible()
  await expect(page.locator('.incident')).toContainText(/The process that it called is stuck at Review: .* retries/)
  expect(await axeFaults(page)).toEqual([])
  await page.locator('.incident').getByRole('link', { name: 'The process that it called' }).click()
  await expect(page.getByText('It is stuck at “Score”')).toBeVisible()
  await page.getByRole('link', { name: 'That instance' }).click()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('It is at “Review”.')).toBeVisible()
  await expect(page.locator('.incident')).toHaveCount(0)
})

test('a run that waits and the ticket that it waits for lead to each other', async ({ page }) => {
  test.skip(!mocked, 'on a real server the journey to the endpoint does')
  await signIn(page, '/#/instances/0198f2a0-0000-7000-8000-000000008001')
  await page.locator('.page-sub').getByRole('link', { name: 'Ticket' }).click()
  await expect(page.getByRole('heading', { level: 1, name: /^Approval of/ })).toBeVisible()
  await page.getByRole('link', { name: 'The run that waits for this decision' }).click()
  await expect(page.getByText('It is at “Wait for the decision”.')).toBeVisible()
})

test('a snapshot shows its life cycle, why it is not deployed, and begins anew', async ({ page }) => {
  test.skip(!mocked, 'on a real server the journeys of snapshots do')
  await signIn(page, '/#/snapshots/0198f2a0-0000-7000-8000-000000000100')
  await expect(page.getByText('It waits for an approval.')).toBeVisible()
  await expect(steps(page).locator('[aria-current="step"]')).toContainText('Wait for the decision')
  expect(await axeFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Start anew' }).click()
  const dialog = page.getByRole('dialog', { name: 'Start anew' })
  await dialog.getByLabel('Reason').fill('assets were added')
  await dialog.getByRole('button', { name: 'Start anew' }).click()
  await expect(steps(page).locator('[aria-current="step"]')).toContainText('Ask for approval')
  await open(page, '#/lifecycles')
  await expect(problem(page)).toHaveCount(0)
})
