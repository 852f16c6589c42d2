import { expect, test } from '@playwright/test'
import { signIn } from './pages'

test('the palette closes with Escape, and when another page opens', async ({ page }) => {
  await signIn(page)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Page, business model or runtime' }).fill('jobs')
  await page.keyboard.press('Escape')
  const field = page.getByRole('combobox', { name: 'Page, business model or runtime' })
  await expect(field).toHaveCount(0)
  await page.keyboard.press('Control+k')
  await expect(field).toBeVisible()
  await page.evaluate(() => { window.location.hash = '#/jobs' })
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
  await expect(field).toHaveCount(0)
})

test('on a narrow screen the navigation opens, and closes with Escape and with the page that it leads to', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 })
  await signIn(page)
  const navigation = page.getByRole('navigation', { name: 'Pages' })
  await expect(navigation).toHaveCount(0)
  await page.getByRole('button', { name: 'Open the navigation' }).click()
  await expect(navigation).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(navigation).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Open the navigation' })).toBeFocused()
  await page.getByRole('button', { name: 'Open the navigation' }).click()
  await navigation.getByRole('link', { name: 'Runtimes' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Runtimes' })).toBeVisible()
  await expect(navigation).toHaveCount(0)
})
