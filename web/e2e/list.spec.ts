import { expect, test } from '@playwright/test'
import { mocked, open, problem, signIn } from './pages'

test.describe('the list of business models', () => {
  test.skip(!mocked, 'knows the data of the mock')

  test('filter, sort and columns stand in the address and survive a reload', async ({ page }) => {
    await signIn(page)
    const table = page.getByRole('table', { name: 'business models' })
    await page.getByRole('combobox', { name: 'Filter business models' }).fill('type:SAGEMAKER tag.tier=1')
    await expect(table.getByRole('row')).toHaveCount(4)
    await table.getByRole('button', { name: 'Name' }).click()
    await expect(page).toHaveURL(/filter=type%3ASAGEMAKER\+tag\.tier%3D1&sort=name/)
    await expect(table.getByRole('row').nth(1)).toContainText('credit-limit-lgbm')
    await page.reload()
    await expect(table.getByRole('row')).toHaveCount(4)
    await expect(page.getByRole('combobox', { name: 'Filter business models' })).toHaveValue('type:SAGEMAKER tag.tier=1')
    await page.getByText('This view from the command line').click()
    await expect(page.getByText("slipway model list --filter 'type:SAGEMAKER tag.tier=1'")).toBeVisible()
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

  test('an unknown field is answered with what is wrong', async ({ page }) => {
    await signIn(page, '/#/models?filter=colour:red')
    await expect(problem(page)).toContainText('?filter must be a known field')
    await expect(problem(page)).toContainText('req-')
  })

  test('rows are links, and open with the keyboard and a click anywhere', async ({ page }) => {
    await signIn(page)
    await expect(page.getByRole('link', { name: 'fraud-xgb', exact: true })).toHaveAttribute('href', /^#\/models\/0198/)
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
    await page.getByRole('combobox', { name: 'Page, business model or runtime' }).fill('ocr')
    await page.getByRole('option', { name: /document-ocr/ }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'document-ocr' })).toBeVisible()
  })

  test('a change of somebody else appears by itself', async ({ page, context }) => {
    await signIn(page)
    await expect(page.getByText('Live', { exact: true })).toBeVisible()
    const other = await context.newPage()
    await other.goto('/#/models/add')
    await other.getByText('By hand', { exact: true }).click()
    await other.getByRole('button', { name: 'Next' }).click()
    await other.getByLabel('Name', { exact: true }).fill('made-elsewhere')
    await other.getByRole('button', { name: 'Next' }).click()
    await other.getByRole('button', { name: 'Add' }).click()
    await expect(other.getByRole('heading', { level: 1, name: 'made-elsewhere' })).toBeVisible()
    await expect(page.getByRole('link', { name: 'made-elsewhere' })).toBeVisible()
    await open(page, '#/models')
  })
})
