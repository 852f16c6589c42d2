import { expect, test } from '@playwright/test'
import { enterKeys, importEnds, mocked, signIn, startImport, watch } from './pages'

/** Journeys that need a real server, moto and the fault proxy: tests/sandbox/journeys.py starts them and names their addresses. */
const proxy = process.env.SLIPWAY_PROXY_URL ?? ''
const control = process.env.SLIPWAY_CONTROL_URL ?? ''

async function ask(method: string, url: string, body?: object): Promise<unknown> {
  const answer = await fetch(url, { method, body: body && JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
  return answer.status === 204 ? undefined : answer.json()
}

const rule = (body: object) => ask('POST', `${proxy}/_proxy/rules`, body)
const held = async () => ((await ask('GET', `${proxy}/_proxy/held`)) as { held: number }).held

if (!mocked) {
  test.afterEach(() => ask('POST', `${proxy}/_proxy/reset`))

  test('an import goes on through a reload and a restart of the server', async ({ page }) => {
    await rule({ fault: 'hold', operation: 'ListTransformJobs' })
    await signIn(page)
    await startImport(page, 'churn-classifier-v3')
    await expect.poll(held).toBeGreaterThan(0)
    await page.reload()
    await expect(page.getByRole('heading', { level: 1, name: 'Import of churn-classifier-v3' })).toBeVisible()
    await ask('POST', `${control}/restart`)
    await ask('DELETE', `${proxy}/_proxy/rules`)
    await importEnds(page)
    await page.getByRole('link', { name: 'Open model' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'churn-classifier-v3' })).toBeVisible()
  })

  test('what came in is seen: snapshots, jobs and the link to AWS', async ({ page }) => {
    const seen = watch(page)
    await signIn(page)
    await startImport(page, 'fraud-scoring-pipeline')
    await importEnds(page)
    await page.getByRole('link', { name: 'Open model' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'fraud-scoring-pipeline' })).toBeVisible()
    await expect(page.getByRole('link', { name: /AWS/ }).first()).toHaveAttribute('href', /^https:\/\/eu-west-1\.console\.aws\.amazon\.com\//)
    await page.getByRole('tab', { name: 'Snapshots' }).click()
    await expect(page.getByText('fraud-pipeline-2026-10').first()).toBeVisible()
    await page.getByRole('tab', { name: 'Jobs' }).click()
    await expect(page.getByText(/fraud-rescore-/).first()).toBeVisible()
    expect(await page.content()).not.toContain('canary-')
    expect(seen.faults).toEqual([])
  })

  test('a missing permission is named, and the rest comes in', async ({ page }) => {
    await rule({ fault: 'denied', operation: 'ListTags' })
    await signIn(page)
    await startImport(page, 'credit-risk-pd')
    await importEnds(page)
    await expect(page.getByText('The permission sagemaker:ListTags is missing')).toBeVisible()
    await expect(page.getByLabel('IAM policy statement')).toContainText('"sagemaker:ListTags"')
  })

  test('a refused key is said, and nothing is imported', async ({ page }) => {
    await rule({ fault: 'unknown_key', key: 'AKIAREVOKED000000042' })
    await signIn(page, '/#/models/add?step=2')
    await enterKeys(page, { region: 'eu-west-1', accessKey: 'AKIAREVOKED000000042', secretKey: 'wrong', modelName: 'customer-segments' })
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await expect(page.getByRole('alert').filter({ hasText: 'key' }).first()).toBeVisible()
    await page.goto('/#/models?filter=name%3Dcustomer-segments')
    await expect(page.getByRole('link', { name: 'customer-segments' })).toHaveCount(0)
  })
}
