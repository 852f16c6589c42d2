/** From an import to the endpoint by the page alone, on the real life cycle and an account in which things take their time. */
import { expect, type Page, test } from '@playwright/test'
import { faults, mocked, Rest, script } from './backend'
import { axeFaults, importEnds, signIn, startImport, watch } from './pages'

test.skip(mocked, 'life cycles of the mock do not move')
test.afterEach(() => faults.reset())

const testData = { assetType: 'EXTERNAL_FILE', assetRole: 'TEST_DATA', name: 'holdout.csv', fileUrl: 's3://northwind-ml-eu-west-1/holdout/credit-risk-pd.csv', repositoryInfo: { repositoryType: 'S3_REPOSITORY' } }

/** Imports the model into a group of its own and starts the life cycle, which this server starts for nobody by itself. @return its snapshot. */
async function imported(model: string, group: string, assets: object[] = []): Promise<{ id: string; name: string }> {
  const rest = await Rest.signIn()
  try {
    const operation = await rest.post('/sagemaker-service/api/imports', { modelName: model, group, assets })
    await expect.poll(async () => (await rest.get(`/sagemaker-service/api/operations/${operation.id}`))['state'], { timeout: 60_000 }).toBe('COMPLETE')
    const snapshot = await rest.some('deployableModels', `group:${group}`)
    await rest.post(`/model-manage/api/deployableModels/${snapshot.id}/lifecycle`, { reason: 'a journey' })
    return { id: snapshot.id, name: String((snapshot['metaData'] as { name: string }).name) }
  } finally {
    await rest.close()
  }
}

test('a rejected snapshot stays where it is and says why', async ({ page }) => {
  test.setTimeout(120_000)
  const snapshot = await imported('loan-default-challenger', 'journey-rejected')
  await signIn(page, `/#/snapshots/${snapshot.id}`)
  await page.getByRole('main').getByRole('link', { name: /ticket/i }).first().click({ timeout: 30_000 })
  await page.getByRole('button', { name: 'Reject' }).click()
  const dialog = page.getByRole('dialog', { name: 'Reject' })
  await dialog.getByLabel('Comment (optional)').fill('The schema is out of date')
  await dialog.getByRole('button', { name: 'Reject', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText('The schema is out of date')).toBeVisible()
  await page.getByRole('link', { name: snapshot.name }).first().click()
  await expect(page.getByText('rejected', { exact: false }).first()).toBeVisible()
})

test('a test job that AWS refuses waits for its permission, and goes on by one click', async ({ page }) => {
  test.setTimeout(120_000)
  await faults.rule({ operation: 'CreateTransformJob', fault: 'denied' })
  const snapshot = await imported('customer-segments', 'journey-untested', [testData])
  await signIn(page, `/#/snapshots/${snapshot.id}`)
  await expect(page.locator('.incident').getByText('sagemaker:CreateTransformJob', { exact: false })).toBeVisible({ timeout: 60_000 })
  expect(await axeFaults(page)).toEqual([])
  await faults.release()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('It waits for an approval', { exact: false }).first()).toBeVisible({ timeout: 60_000 })
})

/** As a person does on the snapshot's page. */
async function startLifeCycle(page: Page, reason: string): Promise<void> {
  await page.getByRole('button', { name: /^Start (anew|the life cycle)$/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Start anew' })
  await dialog.getByLabel('Reason').fill(reason)
  await dialog.getByRole('button', { name: 'Start anew' }).click()
  await expect(dialog).toBeHidden()
}

test('a test job that fails in AWS says why, and the next one leads to the approval', async ({ page }) => {
  test.setTimeout(180_000)
  const reason = 'AlgorithmError: the model does not take this file'
  await script('transform-job', 'mlc-*', 'Failed', reason)
  const snapshot = await imported('customer-segments', 'journey-failed', [testData])
  await signIn(page, `/#/snapshots/${snapshot.id}`)
  await expect(page.getByText('Its test job failed, so nobody was asked', { exact: false })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText(reason, { exact: false }).first()).toBeVisible()
  await expect(page.getByRole('main').getByRole('link', { name: /ticket/i })).toHaveCount(0)
  await startLifeCycle(page, 'the model was mended')
  await expect(page.getByText('It waits for an approval', { exact: false }).first()).toBeVisible({ timeout: 60_000 })
  await page.getByRole('main').getByRole('link', { name: /ticket/i }).first().click()
  await expect(page.getByRole('button', { name: 'Approve' })).toBeVisible()
})

test('an import leads through an approval to the endpoint, by the page alone', async ({ page }) => {
  test.setTimeout(240_000)
  const seen = watch(page)
  await signIn(page)
  await startImport(page, 'customer-segments')
  await importEnds(page)
  await page.getByRole('link', { name: 'Open model' }).click()
  await page.getByRole('rowheader').getByRole('link', { name: /segments/ }).first().click()
  const name = (await page.getByRole('heading', { level: 1 }).textContent()) ?? ''
  await startLifeCycle(page, 'imported for the committee')
  await expect(page.getByText('It waits for an approval', { exact: false }).first()).toBeVisible({ timeout: 30_000 })
  await page.getByRole('main').getByRole('link', { name: /ticket/i }).first().click()
  await expect(page.getByRole('heading', { level: 1, name: `Approval of ${name}` })).toBeVisible()
  await expect(page.getByText(/^Creates an endpoint/)).toBeVisible()
  await page.getByRole('link', { name: 'The run that waits for this decision' }).click()
  await expect(page.getByText('It is at “Wait for the decision”.')).toBeVisible()
  await page.locator('.page-sub').getByRole('link', { name: 'Ticket' }).click()
  expect(await axeFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Approve' }).click()
  const dialog = page.getByRole('dialog', { name: 'Approve' })
  await expect(dialog.getByText('The life cycle that waits for this deploys it then.', { exact: false })).toBeVisible()
  await dialog.getByLabel('Comment (optional)').fill('Reviewed with the committee')
  await dialog.getByRole('button', { name: 'Approve', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText('Reviewed with the committee')).toBeVisible()
  // The state in its cell: the table's heading says "Deployed on" from the first moment.
  const deployments = page.getByRole('table', { name: /deployments/i })
  await expect(deployments.getByRole('cell', { name: 'Deployed', exact: true })).toBeVisible({ timeout: 90_000 })
  await page.getByRole('link', { name }).first().click()
  await expect(page.getByText('It is deployed: the endpoint', { exact: false }).first()).toBeVisible()
  expect(seen.faults).toEqual([])
})
