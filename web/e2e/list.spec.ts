import { expect, test } from '@playwright/test'
import { account, Rest } from './backend'
import { open, problem, signIn } from './pages'
import { world } from './world'

test.beforeAll(world)

test('filter, sort and columns stand in the address and survive a reload', async ({ page }) => {
  const filter = `type:SAGEMAKER ${account.tag}`
  const rest = await Rest.signIn()
  const { items, total } = await rest.list('storedModels', filter, { sort: 'name' })
  await rest.close()
  expect(total).toBeGreaterThan(1)
  await signIn(page)
  const table = page.getByRole('table', { name: 'business models' })
  const input = page.getByRole('combobox', { name: 'Filter business models' })
  await input.fill(filter)
  await expect(table.getByRole('row')).toHaveCount(total + 1)
  await table.getByRole('button', { name: 'Name', exact: true }).click()
  await expect(page).toHaveURL(/filter=type%3ASAGEMAKER\+tag\.\w+%3D\w+&sort=name/)
  await expect(table.getByRole('row').nth(1)).toContainText((items[0]!['modelMetaData'] as { name: string }).name)
  await page.reload()
  await expect(table.getByRole('row')).toHaveCount(total + 1)
  await expect(input).toHaveValue(filter)
  await page.getByText('This view from the command line').click()
  await expect(page.getByText(`slipway model list --filter '${filter}'`)).toBeVisible()
})

test('a facet adds its term, a second press takes it away', async ({ page }) => {
  await signIn(page, '/#/jobs')
  const failed = page.getByRole('button', { name: /^Failed \d+/ })
  await failed.click()
  await expect(page).toHaveURL(/filter=status%3AERROR/)
  await expect(failed).toHaveAttribute('aria-pressed', 'true')
  await failed.click()
  await expect(page).not.toHaveURL(/filter/)
})

test('models that are deployed and those that need somebody have facets, which an address can name', async ({ page }) => {
  const rest = await Rest.signIn()
  const [deployed, attention] = [(await rest.list('storedModels', 'deployed:true')).total, (await rest.list('storedModels', 'attention:true')).total]
  await rest.close()
  expect(deployed).toBeGreaterThan(0)
  await signIn(page, '/#/models?filter=deployed:true')
  const facet = page.getByRole('button', { name: `Deployed ${deployed}`, exact: true })
  await expect(facet).toHaveAttribute('aria-pressed', 'true')
  await expect(page.getByRole('table', { name: 'business models' }).getByRole('row')).toHaveCount(deployed + 1)
  await facet.click()
  await page.getByRole('button', { name: `Needs attention ${attention}`, exact: true }).click()
  await expect(page).toHaveURL(/filter=attention%3Atrue/)
  await expect(page.getByText('1–').or(page.getByText('No business models fit this filter')).first()).toBeVisible()
})

test('an unknown field is answered with what is wrong', async ({ page }) => {
  await signIn(page, '/#/models?filter=colour:red')
  await expect(problem(page)).toContainText(/colour.*must be|must be.*colour/)
  await expect(problem(page)).toContainText('Request')
})

test('rows are links, and open with a click anywhere', async ({ page }) => {
  const { model } = await world()
  await signIn(page)
  await expect(page.getByRole('link', { name: account.ready[0], exact: true })).toHaveAttribute('href', `#/models/${model}`)
  await page.getByRole('row', { name: /titanic-spark/ }).getByRole('cell', { name: 'PySpark' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'titanic-spark' })).toBeVisible()
})

test('a narrow screen gets a list', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 })
  await signIn(page)
  await expect(page.getByRole('list', { name: 'business models' }).getByRole('listitem').first()).toBeVisible()
  await expect(page.getByRole('table')).toHaveCount(0)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(overflow).toBe(0)
  await page.getByRole('button', { name: 'Open the navigation' }).click()
  await page.getByRole('link', { name: 'Runtimes' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Runtimes' })).toBeVisible()
})

test('Ctrl K goes to a model by part of its name', async ({ page }) => {
  await signIn(page)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Page, business model or runtime' }).fill(account.part)
  await page.getByRole('option', { name: new RegExp(`^${account.whole}`) }).click()
  await expect(page.getByRole('heading', { level: 1, name: account.whole })).toBeVisible()
})

test('a change of somebody else appears by itself', async ({ page, context }) => {
  const name = `made-elsewhere-${Date.now()}`
  await signIn(page)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  const other = await context.newPage()
  await other.goto('/#/models/add')
  await other.getByText('By hand', { exact: true }).click()
  await other.getByRole('button', { name: 'Next' }).click()
  await other.getByLabel('Name', { exact: true }).fill(name)
  await other.getByRole('button', { name: 'Next' }).click()
  await other.getByRole('button', { name: 'Add' }).click()
  await expect(other.getByRole('heading', { level: 1, name })).toBeVisible()
  await expect(page.getByRole('link', { name })).toBeVisible()
  await open(page, '#/models')
})

/** As AWS lets endpoints, models and configurations be called. */
const longest = 'customer-lifetime-value-forecast-production-eu-west-1-blue-2026'

/** An answer in which everything is called so. */
function lengthened(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => lengthened(one))
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, lengthened(member, name)]))
  return typeof value === 'string' && ['name', 'runtimeName', 'endpointConfigName'].includes(key) ? longest : value
}

test('names of 63 characters cut no column and scroll nothing sideways', async ({ page }) => {
  expect(longest).toHaveLength(63)
  await page.route(/\/model-manage\/api\/\w+\?/, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: lengthened(await response.json()) })
  })
  await page.setViewportSize({ width: 1440, height: 900 })
  await signIn(page)
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 })
    for (const list of ['models', 'runtimes', 'deployments', 'jobs', 'notifications', 'tickets']) {
      await open(page, `#/${list}`)
      await page.evaluate(() => document.fonts.ready)
      if (list !== 'notifications' && list !== 'tickets') await expect(page.getByRole('main').getByText(longest).first()).toBeVisible()
      // What cuts or scrolls is too small for what it holds; the page itself counts too. Tags shorten themselves, with the whole text at hand.
      const wide = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('main, main *')].filter((one) => one.scrollWidth > one.clientWidth && (one === document.documentElement || !['visible', 'clip'].includes(getComputedStyle(one).overflowX)) && !one.closest('.cds--visually-hidden, .list-tools, .cds--tag')).map((one) => `${one.tagName} ${one.className} has ${one.scrollWidth} px in ${one.clientWidth}`))
      expect(wide, `${list} at ${width} px`).toEqual([])
    }
  }
})
