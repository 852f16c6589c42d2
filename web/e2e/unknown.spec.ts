import { expect, test } from '@playwright/test'
import { account, faults, mocked, Rest } from './backend'
import { importEnds, signIn } from './pages'

test.afterEach(() => faults.reset())

test('what the last import could not list is not told as absent, and can be asked for again', async ({ page }) => {
  const rest = await Rest.signIn()
  const name = mocked ? 'document-ocr' : account.unseen
  await faults.rule({ fault: 'denied', operation: 'ListEndpoints' })
  if (!mocked) await rest.import(name)
  const [model] = (await rest.list('storedModels', `name:${name}`)).items
  await rest.close()
  await faults.reset()
  await signIn(page, `/#/models/${model!.id}`)
  const where = page.locator('section', { has: page.getByRole('heading', { name: 'Where it runs' }) })
  const attention = page.locator('section', { has: page.getByRole('heading', { name: 'What needs attention' }) })
  await expect(where).toContainText(/Not known: the import of .* could not list endpoints \(the permission sagemaker:ListEndpoints is missing\)/)
  await expect(where).not.toContainText('Nowhere')
  await expect(attention).toContainText('The last import did not see everything')
  await expect(attention).not.toContainText('Nothing:')
  await where.getByRole('button', { name: 'Import again' }).click()
  await importEnds(page)
  await page.getByRole('link', { name: 'Open model' }).click()
  if (!mocked) await expect(where).not.toContainText('Not known')
})
