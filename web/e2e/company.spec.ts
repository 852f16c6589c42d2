/** Signing in with the company account: Debian's Chromium, the page, and the form of a real Keycloak. */
import { type BrowserContext, expect, type Page, test } from '@playwright/test'
import { axeFaults, watch } from './pages'

/** Address of the provider: tests/sandbox/journeys.py with --company. */
const company = process.env.SLIPWAY_E2E_COMPANY ?? ''
const control = process.env.SLIPWAY_CONTROL_URL ?? ''

test.skip(company === '', 'needs an OpenID provider')

const button = (page: Page) => page.getByRole('button', { name: 'Sign in with Company account' })

async function fillIn(page: Page, name: string, password = `${name}'s p&ssword`): Promise<void> {
  await expect(page.locator('#password')).toBeVisible()
  expect(new URL(page.url()).origin).toBe(company)
  await page.locator('#username').fill(name)
  await page.locator('#password').fill(password)
  await page.locator('#kc-login').click()
}

/** All that scripts and later requests could find of the sign-in in this browser. */
async function kept(page: Page, context: BrowserContext): Promise<{ cookies: string[]; all: string }> {
  const cookies = (await context.cookies()).filter((cookie) => cookie.name.includes('slipway'))
  const stores = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, window.location.href]))
  for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' })
  return { cookies: cookies.map((cookie) => cookie.name), all: stores + JSON.stringify(cookies) }
}

test('a person signs in at the provider, goes on where the address leads, and signs out there too', async ({ page, context, baseURL }) => {
  await page.goto('/#/jobs')
  await expect(button(page)).toBeVisible()
  await expect(page.getByLabel('Password', { exact: true })).toHaveCount(0)
  expect(await axeFaults(page)).toEqual([])
  await button(page).click()
  await fillIn(page, 'sam', 'not the one')
  await expect(page.locator('#password')).toBeVisible() // the provider says so itself
  await fillIn(page, 'sam')
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
  expect(page.url()).toBe(`${baseURL}/#/jobs`)

  const seen = watch(page)
  const found = await kept(page, context)
  expect(found.cookies).toEqual(['slipway_session'])
  expect(found.all).not.toContain('eyJ')
  expect(found.all).not.toContain('code=')
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
  await page.getByRole('button', { name: 'Signed in as sam' }).click()
  await expect(page.getByRole('button', { name: 'Change password' })).toHaveCount(0)
  expect(seen.faults).toEqual([])

  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(button(page)).toBeVisible()
  expect(new URL(page.url()).origin).toBe(baseURL)
  expect((await kept(page, context)).cookies).toEqual([])
  expect((await page.request.get('/gocli/session')).status()).toBe(401)
  await button(page).click()
  await expect(page.locator('#password')).toBeVisible() // the session there has ended as well
  await fillIn(page, 'ada')
  await expect(page.getByRole('button', { name: 'Signed in as ada' })).toBeVisible()
})

test('an administrator reads that people come from the provider', async ({ page }) => {
  await page.goto('/#/users')
  await button(page).click()
  await fillIn(page, 'root')
  await expect(page.getByText('People come from the identity provider')).toBeVisible()
  await expect(page.getByText('No user of before.')).toBeVisible()
  for (const name of ['Add user', 'Add client']) await expect(page.getByRole('button', { name })).toBeDisabled()
  expect(await axeFaults(page)).toEqual([])
})

test('whoever is signed in at the provider needs no form, and is out when the account is disabled', async ({ page }) => {
  await page.goto('/#/models')
  await button(page).click()
  await fillIn(page, 'dan')
  await expect(page.getByRole('button', { name: 'Signed in as dan' })).toBeVisible()
  await page.context().clearCookies({ name: 'slipway_session' })
  await page.reload()
  await button(page).click()
  await expect(page.getByRole('button', { name: 'Signed in as dan' })).toBeVisible()
  expect((await fetch(`${control}/disable`, { method: 'POST' })).status).toBe(204)
  await expect(button(page)).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('Your session has ended')).toBeVisible()
})
