import { expect, test } from '@playwright/test'
import { enterKeys, importEnds, mocked, open, signIn, startImport } from './pages'

test.describe('imports of the mock account', () => {
  test.skip(!mocked, 'knows the data of the mock')

  test('goes on through a reload and ends with the model', async ({ page }) => {
    await signIn(page)
    await startImport(page, 'recommender-als', { 'Test data': 's3://risk-data/rec/test.csv' })
    await page.reload()
    await importEnds(page)
    await expect(page.getByText('120 of 120')).toBeVisible()
    await page.getByRole('link', { name: 'Open model' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'recommender-als' })).toBeVisible()
    await page.getByRole('tab', { name: 'Assets' }).click()
    await expect(page.getByRole('rowheader', { name: 'test.csv' })).toBeVisible()
  })

  test('names the missing permission and the policy line that grants it', async ({ page }) => {
    await signIn(page)
    await startImport(page, 'no-tags-permission')
    await importEnds(page)
    await expect(page.getByRole('heading', { name: 'The permission sagemaker:ListTags is missing' })).toBeVisible()
    await expect(page.getByLabel('IAM policy statement')).toContainText('"sagemaker:ListTags"')
  })

  test('a refused key is said at its field, and nothing typed is lost', async ({ page }) => {
    await signIn(page, '/#/models/add?step=2')
    await enterKeys(page, { region: 'us-east-2', accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wrong', modelName: 'queue-forecast' })
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await expect(page.getByRole('alert').filter({ hasText: 'AWS refused the key' })).toBeVisible()
    await page.getByRole('button', { name: 'Back' }).click()
    await expect(page.getByText('Must be the secret of this access key')).toBeVisible()
    await expect(page.getByLabel('Model name')).toHaveValue('queue-forecast')
    expect(await page.evaluate(() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage))).not.toContain('AKIAIOSFODNN7EXAMPLE')
  })

  test('can be cancelled, and is found in the header', async ({ page }) => {
    await signIn(page)
    await startImport(page, 'loan-default-nn')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await importEnds(page, 'Cancelled')
    await open(page, '#/models')
    await page.getByRole('button', { name: /^Operations/ }).click()
    await page.getByRole('link', { name: 'loan-default-nn Cancelled' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Import of loan-default-nn' })).toBeVisible()
  })
})
