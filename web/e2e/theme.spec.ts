import { expect, test } from '@playwright/test'
import { signIn } from './pages'

const background = (page: import('@playwright/test').Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor)

test('the theme follows the system until a person chooses, and the choice is kept', async ({ browser }) => {
  const context = await browser.newContext({ colorScheme: 'dark' })
  const page = await context.newPage()
  await signIn(page)
  expect(await background(page)).toBe('rgb(22, 22, 22)')
  await page.getByRole('button', { name: 'Theme' }).click()
  await page.getByRole('button', { name: 'Light' }).click()
  expect(await background(page)).toBe('rgb(255, 255, 255)')
  await page.reload()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  expect(await background(page)).toBe('rgb(255, 255, 255)')
  await page.getByRole('button', { name: 'Theme' }).click()
  await page.getByRole('button', { name: 'As the system' }).click()
  expect(await background(page)).toBe('rgb(22, 22, 22)')
  await page.emulateMedia({ colorScheme: 'light' })
  await expect.poll(() => background(page)).toBe('rgb(255, 255, 255)')
  await context.close()
})
