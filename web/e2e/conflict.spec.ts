import { expect, test, type Page } from '@playwright/test'
import { problem, signIn } from './pages'

async function edit(page: Page, description: string): Promise<void> {
  await page.getByRole('button', { name: 'Edit metadata' }).click()
  await page.getByLabel('Description').fill(description)
}

test('two tabs edit one model: the second sees what changed and chooses', async ({ page, context }) => {
  await signIn(page, '/#/models/add')
  await page.getByText('By hand', { exact: true }).click()
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Name', { exact: true }).fill(`conflict-${Date.now()}`)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('button', { name: 'Add' }).click()
  await page.getByRole('tab', { name: 'Details' }).click()
  const other = await context.newPage()
  await other.goto(page.url())
  await edit(page, 'from the first tab')
  await edit(other, 'from the second tab')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('button', { name: 'Edit metadata' })).toBeVisible()
  await other.getByRole('button', { name: 'Save' }).click()
  const alert = problem(other)
  await expect(alert).toContainText('changed this meanwhile')
  await expect(alert.getByRole('row', { name: /modelMetaData\.description/ })).toContainText('from the first tab')
  await expect(other.getByLabel('Description')).toHaveValue('from the second tab')
  await other.getByRole('button', { name: 'Overwrite with mine' }).click()
  await expect(other.getByRole('button', { name: 'Edit metadata' })).toBeVisible()
  await expect(other.getByRole('definition').filter({ hasText: 'from the second tab' })).toBeVisible()

  await expect(page.getByRole('definition').filter({ hasText: 'from the second tab' })).toBeVisible() // told by the server's events
  await edit(page, 'again from the first')
  await edit(other, 'lost')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('button', { name: 'Edit metadata' })).toBeVisible()
  await other.getByRole('button', { name: 'Save' }).click()
  await other.getByRole('button', { name: 'Reload' }).click()
  await expect(other.getByRole('definition').filter({ hasText: 'again from the first' })).toBeVisible()
})
