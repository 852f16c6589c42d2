/** The page as somebody sees it who is no administrator: what they may do, and why not the rest. */
import { expect, type Page, test } from '@playwright/test'
import { mocked, personsPassword, Rest } from './backend'
import { axeFaults, importEnds, open, problem, signIn, watch } from './pages'
import { world } from './world'

test.skip(mocked, 'the mock knows no rights')

const name = 'document-classifier'
const models: Record<string, string> = {}
const snapshots: Record<string, string> = {}

test.beforeAll(async () => {
  test.setTimeout(180_000)
  await world()
  const rest = await Rest.signIn()
  try {
    await rest.person('rita', ['readers'])
    await rest.person('wim', ['writers'])
    await rest.person('pia', ['crm', 'sales'])
    await rest.person('nobody', [])
    for (const group of ['readers', 'writers']) {
      models[group] = String((await rest.import(name, group))['storedModelId'])
      snapshots[group] = (await rest.some('deployableModels', `storedModelId:${models[group]}`)).id
    }
  } finally {
    await rest.close()
  }
})

/** The button cannot be pressed, and says why to who comes to it by keyboard. */
async function refuses(page: Page, button: string | RegExp, why: string | RegExp): Promise<void> {
  const one = page.getByRole('button', { name: button, exact: typeof button === 'string' }).first()
  await expect(one).toHaveAttribute('aria-disabled', 'true')
  await one.focus()
  await expect(one).toHaveAccessibleDescription(why)
}

const onlyLooks = /^In the group readers you may look at .*, but not/

test('who may only look sees everything of the group, and at each button why it cannot be pressed', async ({ page }) => {
  const seen = watch(page)
  await signIn(page, '/#/models', 'rita', personsPassword)
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible()
  await refuses(page, 'Add Business Model', /^In your groups you may look at business models, but not add any/)
  await open(page, `#/models/${models['readers']}`)
  for (const button of ['Create Snapshot', 'Delete', 'Deploy']) await refuses(page, button, onlyLooks)
  await open(page, `#/models/${models['readers']}?tab=assets`)
  for (const button of ['Add asset', 'Add']) await refuses(page, button, onlyLooks)
  await open(page, `#/models/${models['readers']}?tab=details`)
  await refuses(page, 'Edit metadata', onlyLooks)
  expect(await axeFaults(page)).toEqual([])
  await open(page, `#/snapshots/${snapshots['readers']}`)
  for (const button of ['Deploy', 'Delete', 'Edit metadata']) await refuses(page, button, onlyLooks)
  expect(await axeFaults(page)).toEqual([])
  expect(seen.faults).toEqual([])
})

test('who may change but not run edits metadata, and can neither freeze nor deploy', async ({ page }) => {
  await signIn(page, `/#/models/${models['writers']}?tab=details`, 'wim', personsPassword)
  await page.getByRole('button', { name: 'Edit metadata' }).click()
  await page.getByLabel('Description').fill('Sorts letters')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Sorts letters').first()).toBeVisible()
  const notRun = /^In the group writers you may look at .*, but not run, deploy or freeze them/
  await refuses(page, 'Create Snapshot', notRun)
  await open(page, `#/snapshots/${snapshots['writers']}`)
  await refuses(page, 'Deploy', notRun)
})

test('an ordinary person begins with nothing, imports into one of their groups, and sees nobody else', async ({ page }) => {
  const { model } = await world()
  await signIn(page, '/#/models', 'pia', personsPassword)
  await expect(page.getByRole('heading', { name: 'No business models yet' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Users and clients' })).toHaveCount(0)
  await expect(page.getByRole('link', { name: 'Background tasks' })).toHaveCount(0)
  await open(page, '#/users')
  await expect(page.getByRole('heading', { name: 'This page is for administrators' })).toBeVisible()
  await refuses(page, 'Add user', /^Only an administrator/)
  await open(page, `#/models/${model}`)
  await expect(problem(page)).toContainText('Not found')
  await open(page, '#/models/add?step=2')
  await page.getByLabel('Model name').fill(name)
  await page.getByRole('button', { name: 'Next' }).click()
  await expect(page.getByLabel('Group').locator('option')).toHaveText(['crm', 'sales'])
  await page.getByLabel('Group').selectOption('sales')
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await importEnds(page)
  await page.getByRole('link', { name: 'Open model' }).click()
  await expect(page.locator('.page-sub')).toContainText('Group sales')
  await expect(page.getByRole('button', { name: 'Create Snapshot' })).not.toHaveAttribute('aria-disabled', 'true')
  await open(page, '#/models')
  await expect(page.getByRole('table', { name: 'business models' }).getByRole('row')).toHaveCount(2) // head and one
})

test('who is in no group is told whom to ask', async ({ page }) => {
  await signIn(page, '/#/models', 'nobody', personsPassword)
  await expect(page.getByRole('heading', { name: 'You are in no group yet' })).toBeVisible()
  await refuses(page, 'Add Business Model', /^You are in no group yet/)
  for (const list of ['jobs', 'runtimes', 'deployments']) {
    await open(page, `#/${list}`)
    await expect(page.getByRole('heading', { name: 'You are in no group yet' })).toBeVisible()
  }
  await open(page, '#/credentials')
  await expect(page.getByRole('heading', { level: 1, name: 'Credentials' })).toBeVisible()
})

test('what one person typed into the wizard is not there for the next in the same tab', async ({ page }) => {
  await signIn(page, '/#/models/add?step=2', 'pia', personsPassword)
  await page.getByLabel('Model name').fill('pias-secret-plan')
  const fresh = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Signed in as pia' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await fresh
  await signIn(page, '/#/models/add?step=2')
  await expect(page.getByLabel('Model name')).toHaveValue('')
})
