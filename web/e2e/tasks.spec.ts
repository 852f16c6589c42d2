/** Tasks of life cycles that wait for people: found, claimed, completed, and refused to who may not. */
import { expect, type Page, test } from '@playwright/test'
import { mocked, password, personsPassword, Rest } from './backend'
import { axeFaults, open, problem, signIn, watch } from './pages'

const about = `review-${mocked ? '2026-11' : Date.now()}`
let instance = '0198f2a0-0000-7000-8000-000000008004'
const secret = mocked ? password : personsPassword

test.beforeAll(async () => {
  if (mocked) return
  const rest = await Rest.signIn()
  await rest.person('ana', ['risk', 'crm'])
  instance = await rest.start('../docs/examples/model-review.bpmn', 'Model_Review', 'risk', about)
  await rest.close()
})

const tasks = (page: Page) => page.getByRole('table', { name: 'Tasks' })
const step = (page: Page) => page.getByRole('group', { name: 'Task: Review the model' })

test('a person finds the task that waits for them, and the life cycle goes on with what its form was given', async ({ page }) => {
  const seen = watch(page)
  await signIn(page, '/#/lifecycles', 'ana', secret)
  await expect(page.getByRole('button', { name: /^For me \(\d+\)/ })).toHaveAttribute('aria-pressed', 'true')
  await expect(tasks(page).getByRole('row', { name: /Review the model.*Model review.*anyone in risk/ }).first()).toBeVisible()
  expect(await axeFaults(page)).toEqual([])
  await open(page, `#/instances/${instance}`)
  await expect(page.locator('.page-sub').getByText('Waits for a person')).toBeVisible()
  await expect(page.getByText('It is at “Review the model”. It waits for a person.')).toBeVisible()
  await expect(step(page)).toContainText('anyone in risk')
  await step(page).getByRole('button', { name: 'Claim' }).click()
  await expect(step(page)).toContainText('Waits forana')
  await expect(step(page).getByRole('button', { name: 'Give back' })).toBeVisible()
  expect(await axeFaults(page)).toEqual([])

  await step(page).getByRole('button', { name: 'Complete' }).click()
  const dialog = page.getByRole('dialog', { name: 'Complete the task' })
  await expect(dialog.getByRole('button', { name: 'Complete', exact: true })).toBeDisabled()
  await dialog.getByLabel('Risk class').selectOption({ label: 'Medium' })
  await dialog.getByRole('checkbox', { name: 'The model may be used' }).check({ force: true })
  const months = dialog.getByLabel('Months until the next review (optional)')
  await expect(months).toHaveValue('12')
  await months.fill('48')
  await months.blur()
  await expect(dialog.getByText('At most 36.').first()).toBeVisible()
  await months.fill('6')
  await dialog.getByLabel('Comment (optional)').fill('it is sound')
  await expect(dialog.getByText(/slipway task complete .*--var approved=true --var riskClass=MEDIUM --var months=6 .*sound'/)).toBeAttached()
  expect(await axeFaults(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Complete', exact: true }).click()
  await expect(dialog).toHaveCount(0)
  await expect(page.getByText('It has ended: approved.')).toBeVisible()
  await expect(page.getByRole('table', { name: 'Variables' }).getByRole('row', { name: /riskClass.*MEDIUM/ })).toBeVisible()
  await expect(step(page)).toHaveCount(0)
  await expect(problem(page)).toHaveCount(0)
  expect(seen.faults).toEqual([])
})

test("what waits for somebody else is not among one's own tasks, and says whose it is", async ({ page }) => {
  test.skip(!mocked, 'on a real server the tests of its interface do')
  await signIn(page, '/#/lifecycles')
  await expect(page.getByText('Nothing waits for you.')).toBeVisible()
  await page.getByRole('button', { name: /^All \(/ }).click()
  await expect(page).toHaveURL(/show=all/)
  await expect(tasks(page).getByRole('row', { name: /Review the model.*ana.*Overdue/ })).toBeVisible()
  await page.getByRole('link', { name: 'Model review', exact: true }).last().click()
  await expect(page.getByRole('table', { name: 'Instances' }).getByRole('row', { name: /Waits for a person.*review-2026-09/ })).toBeVisible()
})

test('who may not complete a task is told why', async ({ page }) => {
  test.skip(!mocked, 'on a real server the tests of its interface do')
  await signIn(page, '/#/instances/0198f2a0-0000-7000-8000-000000008006', 'ana', secret)
  const complete = step(page).getByRole('button', { name: 'Complete' })
  await expect(complete).toHaveAttribute('aria-disabled', 'true')
  await complete.focus()
  await expect(complete).toHaveAccessibleDescription(/^It is bob's/)
  await expect(step(page).getByRole('button', { name: 'Claim' })).toHaveCount(0)
  expect(await axeFaults(page)).toEqual([])
})
