import { expect, type Page, test } from '@playwright/test'
import { registry, Rest } from './backend'
import { axeFaults, open, signIn, watch } from './pages'

/** Name of a runtime that takes jobs: tests/sandbox/journeys.py with --spark. */
const runtime = process.env.SLIPWAY_E2E_SPARK

test.skip(runtime === undefined, 'needs a Spark runtime that runs jobs')
test.setTimeout(180_000)

const source = `import json
import time


def place(asset):
    return asset["fileUrl"].replace("file://", "")


# modelop.score
def score(inputs, outputs, assets):
    text = open(place(inputs[0])).read()
    if "broken" in text:
        raise ValueError("column age has no number in row 2")
    for part in range(40):
        print("scored part %d of 40" % part, flush=True)
        time.sleep(0.2)
    open(place(outputs[0]), "w").write(text.upper())


# modelop.metrics
def metrics(inputs, outputs, assets):
    curve = {"title": "ROC", "x_axis_label": "false positives", "y_axis_label": "true positives", "data": {"model": [[0, 0], [0.25, 0.8], [1, 1]]}}
    json.dump({"auc": 0.875, "ROC": curve}, open(place(outputs[0]), "w"))
`

let snapshot = ''

test.beforeAll(async () => {
  if (!runtime) return
  const rest = await Rest.signIn()
  const model = await rest.post(`${registry}/storedModels`, { group: 'modelop', modelMetaData: { name: 'journey-spark', type: 'PYSPARK' }, modelAssets: [{ assetType: 'SOURCE_CODE', assetRole: 'MODEL_SOURCE', name: 'journey.py', primaryModelSource: true, sourceCode: source }] })
  snapshot = (await rest.post(`${registry}/deployableModels`, { storedModel: { id: model.id }, metaData: { name: 'journey-spark-1' } })).id
  await rest.close()
})

/** A job of the snapshot on files of this machine, by the form. */
async function start(page: Page, kind: 'Scoring' | 'Metrics', input: string, output: string): Promise<void> {
  await open(page, `#/snapshots/${snapshot}/job`)
  await page.getByText(kind, { exact: true }).click()
  await page.getByLabel('Runtime').selectOption((await page.getByLabel('Runtime').locator('option', { hasText: runtime! }).getAttribute('value'))!)
  await page.getByLabel('Input: files of this machine').setInputFiles([{ name: 'in.csv', mimeType: 'text/csv', buffer: Buffer.from(input) }])
  await page.getByLabel('Kept with the job (optional)').fill(output)
  await page.getByRole('button', { name: 'Start' }).click()
  await expect(page).toHaveURL(/#\/jobs\//)
}

const lead = (page: Page) => page.locator('.lead')

test('a log is followed while the model runs, and its output comes back', async ({ page }) => {
  const seen = watch(page)
  await signIn(page)
  await start(page, 'Scoring', 'age,fare\n22,7.25\n', 'out.csv')
  const log = page.getByRole('log', { name: 'Standard output' })
  await expect(log).toContainText('scored part 2 of 40', { timeout: 90_000 })
  await expect(lead(page)).toHaveText(/^Running/)
  await expect(page.locator('.page-sub')).toContainText(`Running· ${runtime}`)
  await expect(log).not.toContainText('scored part 39 of 40')
  await expect(log).toContainText('scored part 39 of 40', { timeout: 60_000 })
  await expect(lead(page)).toHaveText(/^Completed after/, { timeout: 60_000 })
  await expect(page.getByText(`Claimed by ${runtime}`)).toBeVisible()
  await expect(page.getByLabel('Effective command')).toContainText('spark-submit')
  const saved = page.waitForEvent('download')
  await page.getByRole('table', { name: 'Outputs' }).getByRole('link', { name: 'Download' }).click()
  const stream = await (await saved).createReadStream()
  let text = ''
  for await (const part of stream) text += String(part)
  expect(text).toBe('AGE,FARE\n22,7.25\n')
  expect(await axeFaults(page)).toEqual([])
  expect(seen.faults).toEqual([])
})

test('a failed run tells what the model raised, and is run again', async ({ page }) => {
  await signIn(page)
  await start(page, 'Scoring', 'age,fare\nbroken,7.25\n', 'out.csv')
  await expect(lead(page)).toHaveText(/^Failed after .*the model raised ValueError: column age has no number in row 2/, { timeout: 90_000 })
  // Spark's launcher puts what the model raised where the model prints.
  await page.reload()
  await expect(page.getByRole('log', { name: 'Standard output' })).toContainText('Traceback (most recent call last):')
  const first = page.url()
  await page.getByRole('button', { name: 'Retry' }).click()
  await expect(page.getByRole('link', { name: 'an earlier job' })).toBeVisible()
  expect(page.url()).not.toBe(first)
  await expect(lead(page)).toHaveText(/^Failed after/, { timeout: 90_000 })
})

test('what a metrics job measured is drawn, with its numbers beside it', async ({ page }) => {
  await signIn(page)
  await start(page, 'Metrics', 'age,fare\n22,7.25\n', 'metrics.json')
  await expect(lead(page)).toHaveText(/^Completed after/, { timeout: 90_000 })
  await expect(page.getByRole('img', { name: /^Line chart: model from 0 to 1/ })).toBeVisible()
  const figure = page.getByRole('figure', { name: 'ROC' })
  await figure.getByText('As a table').click()
  await expect(figure.getByRole('row', { name: '0.25 0.8' })).toBeVisible()
  await open(page, `#/snapshots/${snapshot}`)
  await expect(page.getByText('0.875')).toBeVisible()
})
