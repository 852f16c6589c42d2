import { expect, test } from '@playwright/test'
import { mocked, password, user } from './backend'
import { problem, signIn, watch } from './pages'

test('a wrong password says so without telling which of the two is wrong', async ({ page }) => {
  await page.goto('/')
  await page.getByLabel('Username').fill(user)
  await page.getByLabel('Password', { exact: true }).fill(`${password}-not`)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(problem(page)).toContainText('Username and password do not fit together')
  await expect(page.getByLabel('Username')).toHaveValue(user)
})

test('the first run is told where the password is', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByText('printed its password once')).toBeVisible()
})

test('the page comes compressed, and below where it was asked', async ({ request }) => {
  test.skip(mocked, 'the mock compresses nothing')
  const html = await (await request.get('/')).text()
  const script = /src="(\.\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? 'none'
  for (const coding of ['br', 'gzip']) {
    const answer = await request.get(`/${script}`, { headers: { 'Accept-Encoding': coding } })
    expect(answer.headers()).toMatchObject({ 'content-encoding': coding, vary: 'Accept-Encoding' })
  }
})

test('signing in goes on where the address leads, signing out ends it', async ({ page }) => {
  const seen = watch(page)
  await signIn(page, '/#/jobs')
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
  await page.getByRole('button', { name: `Signed in as ${user}` }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByLabel('Username')).toBeVisible()
  await page.reload()
  await expect(page.getByLabel('Username')).toBeVisible()
  expect(seen.faults).toEqual([])
})
