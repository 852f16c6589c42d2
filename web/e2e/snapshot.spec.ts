/** From an import to the endpoint by the page alone, on the real life cycle and an account in which things take their time. */
import { expect, test } from '@playwright/test'
import { faults, mocked, Rest } from './backend'
import { axeFaults, signIn, watch } from './pages'

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

test('a test job that AWS refuses keeps the snapshot from its approval', async ({ page }) => {
  test.setTimeout(120_000)
  await faults.rule({ operation: 'CreateTransformJob', fault: 'denied' })
  const snapshot = await imported('customer-segments', 'journey-untested', [testData])
  await signIn(page, `/#/snapshots/${snapshot.id}`)
  await expect(page.getByText('sagemaker:CreateTransformJob', { exact: false }).first()).toBeVisible({ timeout: 60_000 })
  expect(await axeFaults(page)).toEqual([])
})

test('an import leads through an approval to the endpoint', async ({ page }) => {
  test.setTimeout(180_000)
  const seen = watch(page)
  const snapshot = await imported('customer-segments', 'journey-approved')
  await signIn(page, `/#/snapshots/${snapshot.id}`)
  await expect(page.getByText('It waits for an approval', { exact: false }).first()).toBeVisible({ timeout: 30_000 })
  await page.getByRole('main').getByRole('link', { name: /ticket/i }).first().click()
  await expect(page.getByRole('heading', { level: 1, name: `Approval of ${snapshot.name}` })).toBeVisible()
  await expect(page.getByText(/^Creates an endpoint/)).toBeVisible()
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
  await page.getByRole('link', { name: snapshot.name }).first().click()
  await expect(page.getByText('It is deployed: the endpoint', { exact: false }).first()).toBeVisible()
  expect(seen.faults).toEqual([])
})
