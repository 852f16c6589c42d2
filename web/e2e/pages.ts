/** What journeys do again and again, by the words a person reads. */
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { password, user } from './backend'

export async function signIn(page: Page, path = '/#/models', name = user, secret = password): Promise<void> {
  await page.goto(path)
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('banner', { name: 'Slipway' })).toBeVisible()
}

/** What the page says went wrong. */
export const problem = (page: Page) => page.locator('.problem[role="alert"]')

/** Goes to an address of the page and waits until it stands. */
export async function open(page: Page, path: string): Promise<void> {
  await page.evaluate((hash) => {
    window.location.hash = hash
  }, path)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
  await expect(page.locator('.cds--skeleton, .cds--skeleton__text')).toHaveCount(0)
}

/** The wizard up to its import, with the first configured credential. */
export async function startImport(page: Page, modelName: string, assets: Record<string, string> = {}): Promise<void> {
  await open(page, '#/models')
  await page.getByRole('link', { name: 'Add Business Model' }).first().click()
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Model name').fill(modelName)
  await page.getByRole('button', { name: 'Next' }).click()
  for (const [label, address] of Object.entries(assets)) await page.getByRole('textbox', { name: label, exact: true }).fill(address)
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: `Import of ${modelName}` })).toBeVisible()
}

/** The wizard with keys that a person enters. */
export async function enterKeys(page: Page, keys: { region: string; accessKey: string; secretKey: string; modelName: string }): Promise<void> {
  await page.getByRole('radio', { name: 'Enter credentials' }).check({ force: true })
  await page.getByRole('textbox', { name: 'Region' }).fill(keys.region)
  await page.getByRole('textbox', { name: 'Access key' }).fill(keys.accessKey)
  await page.getByLabel('Secret key', { exact: true }).fill(keys.secretKey)
  await page.getByLabel('Model name').fill(keys.modelName)
}

/** Waits for the end of the import that is shown. */
export async function importEnds(page: Page, state: 'Complete' | 'Complete with problems' | 'Failed' | 'Cancelled' = 'Complete'): Promise<void> {
  await expect(page.locator('.page-sub').getByText(state, { exact: true })).toBeVisible({ timeout: 60_000 })
}

/** Accessibility faults as readable lines. */
export async function axeFaults(page: Page): Promise<string[]> {
  // There are no frames: without the detour over a second page a check takes a fraction of the time.
  const found = await new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] }).analyze()
  return found.violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id} (${violation.impact}): ${node.target.join(' ')} — ${violation.help}\n    ${node.html.slice(0, 200)}`))
}

/** What a page must never do: ask another host, break its Content-Security-Policy, or fail in a script. */
export function watch(page: Page): { faults: string[] } {
  const faults: string[] = []
  const origin = () => new URL(page.url()).origin
  page.on('request', (request) => {
    if (/^https?:/.test(request.url()) && page.url().startsWith('http') && new URL(request.url()).origin !== origin()) faults.push(`asked ${request.url()}`)
  })
  page.on('pageerror', (error) => faults.push(`script failed: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (400|401|404|409|412|422)/.test(message.text())) faults.push(`console: ${message.text()}`)
  })
  return { faults }
}
