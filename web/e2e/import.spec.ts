import { expect, test } from '@playwright/test'
import { account, faults, mocked, registry, Rest } from './backend'
import { enterKeys, importEnds, open, signIn, startImport, watch } from './pages'

test.afterEach(() => faults.reset())

test('an import goes on through a reload and a restart of the server, and ends with the model', async ({ page }) => {
  const seen = watch(page)
  await faults.rule({ fault: 'hold', operation: 'ListTransformJobs' })
  await signIn(page)
  await startImport(page, account.fresh, { 'Test data': 's3://risk-data/rec/test.csv' })
  if (!mocked) await expect.poll(faults.held).toBeGreaterThan(0)
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: `Import of ${account.fresh}` })).toBeVisible()
  if (!mocked) await faults.restart()
  await faults.release()
  await importEnds(page)
  await expect(page.getByRole('listitem').filter({ hasText: 'Transform jobs' })).toContainText('done')
  await page.getByRole('link', { name: 'Open model' }).click()
  await expect(page.getByRole('heading', { level: 1, name: account.fresh })).toBeVisible()
  await page.getByRole('tab', { name: 'Assets' }).click()
  await expect(page.getByRole('rowheader', { name: 'test.csv' })).toBeVisible()
  // A server that restarts is away for a moment; nothing else may fail.
  expect(seen.faults.filter((fault) => !/ERR_|status of 50|chunked/.test(fault))).toEqual([])
})

test('what came in is seen: snapshots, jobs and the link to AWS, and no secret', async ({ page }) => {
  const rest = await Rest.signIn()
  const [model] = (await rest.list('storedModels', `name:${account.fresh}`)).items
  await rest.close()
  await signIn(page, `/#/models/${model!.id}`)
  await expect(page.getByRole('heading', { level: 1, name: account.fresh })).toBeVisible()
  await expect(page.getByRole('link', { name: /AWS/ }).first()).toHaveAttribute('href', new RegExp(`^https://${account.region}\\.console\\.aws\\.amazon\\.com/`))
  if (mocked) return // it makes the model alone
  await expect(page.getByRole('rowheader', { name: 'fraud-pipeline-2026-10' })).toBeVisible()
  await page.getByRole('tab', { name: 'Jobs' }).click()
  await expect(page.getByRole('rowheader', { name: /fraud-rescore-/ }).first()).toBeVisible()
  await page.getByRole('tab', { name: 'Details' }).click()
  await expect(page.getByText('Isolated from the network')).toBeVisible()
  expect(await page.content()).not.toContain('canary-')
})

test('a schema of the input is checked on leaving its field, and goes along with the import', async ({ page }) => {
  await signIn(page, '/#/models/add?step=2')
  await page.getByLabel('Model name').fill(account.fresh)
  await page.getByRole('button', { name: 'Next' }).click()
  const field = page.getByRole('textbox', { name: 'Schema of the input (Avro, JSON)' })
  await field.fill('{"type": ')
  await expect(page.getByText('This is no JSON', { exact: false })).toBeHidden()
  await field.blur()
  await expect(page.getByText('This is no JSON', { exact: false })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Import', exact: true })).toBeDisabled()
  await page.getByLabel('Schema of the input: a file of this machine').setInputFiles({ name: 'loan.avsc', mimeType: 'application/json', buffer: Buffer.from('{"type":"record","name":"Loan","fields":[]}') })
  await expect(field).toHaveValue(/"Loan"/)
  const sent = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/imports'))
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  expect((await sent).postDataJSON()).toMatchObject({ modelName: account.fresh, inputSchema: [{ name: 'loan.avsc', schemaDefinition: { type: 'record', name: 'Loan', fields: [] } }] })
  await importEnds(page)
})

test('a missing permission is named with the policy line that grants it, and the rest comes in', async ({ page }) => {
  await faults.rule({ fault: 'denied', operation: 'ListTags' })
  await signIn(page)
  await startImport(page, account.denied)
  await importEnds(page, 'Complete with problems')
  await expect(page.getByRole('heading', { name: 'The permission sagemaker:ListTags is missing' })).toBeVisible()
  await expect(page.getByRole('listitem').filter({ hasText: 'Tags' })).toContainText('refused')
  await expect(page.getByLabel('IAM policy statement')).toContainText('"sagemaker:ListTags"')
  await expect(page.getByRole('link', { name: 'Open model' })).toBeVisible()
})

test('a refused key is said at its field, nothing typed is lost, and nothing is imported', async ({ page }) => {
  await faults.rule({ fault: 'unknown_key', key: 'AKIAREVOKED000000042' })
  await signIn(page, '/#/models/add?step=2')
  const secretKey = mocked ? 'wrong' : 'wrong-canary-secret'
  await page.getByRole('radio', { name: 'Enter credentials' }).check({ force: true })
  await expect(page.getByText('Still needed: the region, the access key, the secret key and the model.')).toBeVisible()
  await enterKeys(page, { region: account.region, accessKey: 'AKIAREVOKED000000042', secretKey, modelName: account.refused })
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(page.getByRole('alert').filter({ hasText: /key/ }).first()).toBeVisible()
  await expect(page.getByLabel('Model name')).toHaveValue(account.refused) // back at the fields by itself
  await expect(page.getByRole('textbox', { name: 'Access key' })).toHaveValue('AKIAREVOKED000000042')
  // At the field that AWS meant: the mock does not know the secret, the sandbox not the key.
  await expect(page.getByText(mocked ? 'AWS says that this secret key does not belong to the access key.' : 'AWS does not know this access key.')).toBeVisible()
  await expect(page.locator(mocked ? '#aws-secret-key' : '#aws-access-key')).toHaveAttribute('aria-invalid', 'true')
  expect(await page.evaluate(() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage))).not.toContain(secretKey)
  await page.reload()
  await expect(page.getByRole('textbox', { name: 'Region' })).toHaveValue(account.region)
  await expect(page.getByLabel('Secret key', { exact: true })).toHaveValue('')
  await expect(page.getByRole('button', { name: 'Next' })).toBeDisabled()
  await expect(page.getByText('Still needed: the secret key.')).toBeVisible()
  const answer = await page.request.get(`${registry}/storedModels?filter=name%3D${account.refused}`)
  expect(((await answer.json()) as { page: { totalElements: number } }).page.totalElements).toBe(0)
})

test('a model that AWS has not is said at its name, until the name is changed', async ({ page }) => {
  await signIn(page, '/#/models/add?step=2')
  await page.getByLabel('Model name').fill('no-such-model-here')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(page.getByText('AWS has no model of this name there.')).toBeVisible()
  await page.getByLabel('Model name').fill(account.whole)
  await expect(page.getByText('AWS has no model of this name there.')).toHaveCount(0)
  await expect(page.locator('.problem[role="alert"]')).toHaveCount(0)
})

test('an import can be cancelled, and is found in the header', async ({ page }) => {
  await faults.rule({ fault: 'hold', operation: 'ListTransformJobs' })
  await signIn(page)
  await startImport(page, account.cancelled)
  if (!mocked) await expect.poll(faults.held).toBeGreaterThan(0)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await faults.release()
  await importEnds(page, 'Cancelled')
  await open(page, '#/models')
  await page.getByRole('button', { name: /^Operations/ }).click()
  await page.getByRole('link', { name: `${account.cancelled} Cancelled` }).click()
  await expect(page.getByRole('heading', { level: 1, name: `Import of ${account.cancelled}` })).toBeVisible()
})
