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

test('who follows a link while signing out has left all the same', async ({ page }) => {
  await signIn(page, '/#/jobs')
  // A link that is followed calls the reload off, as the refused request does here.
  await page.route('**/*', (route) => (route.request().isNavigationRequest() ? route.abort('aborted') : route.continue()))
  const calledOff = page.waitForEvent('requestfailed', (request) => request.isNavigationRequest())
  await page.getByRole('button', { name: `Signed in as ${user}` }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await calledOff
  await expect(page.getByLabel('Username')).toBeVisible()
  await expect(page.getByRole('banner', { name: 'Slipway' })).toHaveCount(0)
})

test('a person changes the own password and stays signed in', async ({ page, request }) => {
  test.skip(mocked, 'the mock has one account')
  const token = ((await (await request.post('/gocli/token', { form: { username: user, password } })).json()) as { access_token: string }).access_token
  const name = `kim-${Date.now()}`
  const made = await request.post('/model-manage/api/users', { headers: { Authorization: `Bearer ${token}` }, data: { username: name, password: 'known to two', groups: ['modelop'] } })
  expect(made.status()).toBe(201)
  await page.goto('/#/jobs')
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password', { exact: true }).fill('known to two')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: `Signed in as ${name}` }).click()
  await page.getByRole('button', { name: 'Change password' }).click()
  const dialog = page.getByRole('dialog', { name: 'Change your password' })
  await dialog.getByLabel('Current password').fill('not the one')
  await dialog.getByLabel('New password').fill('known to one')
  await dialog.getByRole('button', { name: 'Change', exact: true }).click()
  await expect(dialog.getByText('This is not the password in use')).toBeVisible()
  await dialog.getByLabel('Current password').fill('known to two')
  await dialog.getByRole('button', { name: 'Change', exact: true }).click()
  await expect(dialog).toBeHidden()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
  expect((await request.post('/gocli/token', { form: { username: name, password: 'known to two' } })).status()).toBe(401)
  expect((await request.post('/gocli/token', { form: { username: name, password: 'known to one' } })).status()).toBe(200)
})
