import { expect, test } from '@playwright/test'
import { mocked, open, signIn, watch } from './pages'

const id = (n: number) => `0198f2a0-0000-7000-8000-${String(n).padStart(12, '0')}`
const canary = '<img src=x onerror="window.pwned=1">'

test('names, tags, messages and metadata are text, never markup; only http and https are links', async ({ page }) => {
  test.skip(!mocked, 'knows the data of the mock')
  const seen = watch(page)
  await signIn(page)
  await expect(page.getByRole('link', { name: canary })).toBeVisible()
  for (const path of [`#/models/${id(21)}`, `#/models/${id(21)}?tab=assets`, `#/models/${id(21)}?tab=details`, `#/models/${id(1)}?tab=history`, '#/notifications', `#/models?filter=${encodeURIComponent(canary)}`]) {
    await open(page, path)
    expect(await page.evaluate(() => document.querySelectorAll('main img').length), path).toBe(0)
    expect(await page.evaluate(() => [...document.querySelectorAll('a[href]')].filter((a) => !/^(#|https?:|\/)/.test(a.getAttribute('href') ?? '')).length), path).toBe(0)
  }
  expect(await page.evaluate(() => (window as { pwned?: number }).pwned)).toBeUndefined()
  expect(seen.faults).toEqual([])
})

test('a canary that is typed stays text', async ({ page }) => {
  const name = `canary-${Date.now()} ${canary}`
  await signIn(page, '/#/models/add')
  await page.getByText('By hand', { exact: true }).click()
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Description').fill(canary)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  expect(await page.evaluate(() => (window as { pwned?: number }).pwned)).toBeUndefined()
})
