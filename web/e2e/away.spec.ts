import { expect, test } from '@playwright/test'
import { faults, mocked } from './backend'
import { problem, signIn, watch } from './pages'

test('a page that cannot be loaded leaves the frame standing, and comes when it can', async ({ page }) => {
  const seen = watch(page)
  await page.route(/\/assets\/lists-/, (route) => route.abort())
  await signIn(page)
  await page.getByRole('link', { name: 'Jobs', exact: true }).click()
  await expect(problem(page)).toContainText('This page could not be loaded')
  await expect(page.getByRole('banner', { name: 'Slipway' })).toBeVisible()
  await page.unroute(/\/assets\/lists-/)
  await problem(page).getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
  expect(seen.faults.filter((fault) => !/ERR_FAILED/.test(fault))).toEqual([])
})

test('without an answer about the session the page says so, asks again by itself, and goes on where the person was', async ({ page }) => {
  await signIn(page, '/#/jobs')
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible()
  const body = JSON.stringify({ status: 503, code: 'IDENTITY_AWAY', title: 'Unavailable', detail: 'The identity provider cannot be reached.' })
  let asked = 0
  await page.route('**/gocli/session', (route) => {
    asked += 1
    return route.fulfill({ status: 503, contentType: 'application/problem+json', body })
  })
  await page.reload()
  await expect(problem(page)).toContainText('The identity provider cannot be reached')
  await expect(problem(page).getByRole('button', { name: 'Try again' })).toBeVisible()
  await expect(page.getByText('asks again by itself')).toBeVisible()
  // What is told stays while it is asked again.
  await page.evaluate(() => {
    const seen = Object.assign(window, { gone: false })
    new MutationObserver(() => (seen.gone ||= document.querySelector('.problem') === null)).observe(document, { childList: true, subtree: true })
  })
  const before = asked
  await expect.poll(() => asked, { timeout: 15_000 }).toBeGreaterThan(before + 1)
  expect(await page.evaluate(() => (window as unknown as { gone: boolean }).gone)).toBe(false)
  await page.unroute('**/gocli/session')
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible({ timeout: 20_000 })
  await expect(problem(page)).toHaveCount(0)
})

test('with the server away the frame stands whatever is opened, says so, and comes back by itself', async ({ page }) => {
  test.skip(mocked, 'the mock cannot be killed')
  test.setTimeout(120_000)
  await signIn(page)
  await faults.kill()
  try {
    await expect(page.getByText(/^Stale for/)).toBeVisible()
    await page.getByRole('link', { name: 'Jobs', exact: true }).click()
    // Whether its script had come before or not.
    await expect(problem(page)).toContainText(/the server cannot be reached/i, { timeout: 30_000 })
    await expect(page.getByRole('banner', { name: 'Slipway' })).toBeVisible()
  } finally {
    await faults.start()
  }
  await expect(page.getByText('Live', { exact: true })).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible({ timeout: 30_000 })
  await expect(problem(page)).toHaveCount(0, { timeout: 30_000 })
})

test('a server that falls silent makes the page stale, and live again once it answers', async ({ page }) => {
  test.skip(mocked, 'the mock cannot be frozen')
  test.setTimeout(120_000)
  await signIn(page)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await faults.freeze()
  try {
    await expect(page.getByText(/^Stale for/)).toBeVisible({ timeout: 70_000 })
  } finally {
    await faults.thaw()
  }
  await expect(page.getByText('Live', { exact: true })).toBeVisible({ timeout: 30_000 })
})

test('a quiet stream stays live by its heartbeats', async ({ page }) => {
  test.setTimeout(120_000)
  // Three heartbeats take longer than the page waits for one.
  await page.addInitScript(() => {
    const seen = Object.assign(window, { beats: 0, stale: false })
    window.EventSource = class extends EventSource {
      constructor(url: string | URL, init?: EventSourceInit) {
        super(url, init)
        this.addEventListener('heartbeat', () => seen.beats++)
      }
    }
    new MutationObserver(() => (seen.stale ||= document.body?.innerText.includes('Stale for') ?? false)).observe(document, { childList: true, subtree: true, characterData: true })
  })
  await signIn(page)
  const live = page.getByText('Live', { exact: true })
  await expect(live).toBeVisible()
  await page.waitForFunction(() => (window as unknown as { beats: number }).beats >= 3, undefined, { timeout: 90_000 })
  await expect(live).toBeVisible()
  expect(await page.evaluate(() => (window as unknown as { stale: boolean }).stale)).toBe(false)
})
