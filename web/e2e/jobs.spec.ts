import { expect, test } from '@playwright/test'
import { mocked, registry, Rest } from './backend'
import { open, signIn, watch } from './pages'
import { world } from './world'

test.beforeAll(world)

const id = (n: number) => `0198f2a0-0000-7000-8000-${String(n).padStart(12, '0')}`

test('a job is started from a snapshot, and waits for its runtime', async ({ page }) => {
  const { sparkSnapshot, spark } = await world()
  await signIn(page, `/#/snapshots/${sparkSnapshot}`)
  await page.getByRole('link', { name: 'New job' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'New job' })).toBeVisible()
  await page.getByText('Metrics', { exact: true }).click()
  await page.getByLabel('Runtime').selectOption(spark)
  await page.getByRole('textbox', { name: 'Input 1' }).fill('test.csv')
  await page.getByRole('button', { name: 'Start' }).click()
  await expect(page.getByText('“test.csv” is no address of a file.')).toBeVisible()
  await page.getByRole('textbox', { name: 'Input 1' }).fill('hdfs:///demo/test.csv')
  await page.getByLabel('Parameters (optional)').fill('--executor-memory 1g')
  await page.getByLabel('Kept with the job (optional)').fill('metrics.json')
  await page.reload()
  await expect(page.getByLabel('Parameters (optional)')).toHaveValue('--executor-memory 1g')
  await page.getByLabel('Input: files of this machine').setInputFiles([{ name: 'more.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') }])
  await expect(page.getByRole('list', { name: 'Files that go along' })).toContainText('more.csv, 8 bytes')
  await page.getByRole('button', { name: 'Start' }).click()
  await expect(page.getByRole('heading', { level: 1, name: /^Metrics of titanic/ })).toBeVisible()
  await expect(page.getByText(/^Waits (until|for the runtime) spark-runtime-1/)).toBeVisible() // a real server has heard nothing of it since it enrolled
  await expect(page.getByText('hdfs:///demo/test.csv')).toBeVisible()
  await expect(page.getByRole('table', { name: 'Inputs' }).getByRole('row', { name: /^more\.csv/ })).toBeVisible()
  await expect(page.getByRole('table', { name: 'Outputs' }).getByRole('row', { name: /^metrics\.json/ })).toBeVisible()
  await page.getByRole('button', { name: 'Cancel the job' }).click()
  const asked = page.getByRole('dialog', { name: 'Cancel the job' })
  await expect(asked).toContainText(/Cancel Metrics of titanic.*It has not begun/)
  await asked.getByRole('button', { name: 'Cancel the job' }).click()
  await expect(page.locator('.lead')).toHaveText(/^Cancelled/)
})

test('a job of a snapshot that is meant for a runtime goes there', async ({ page }) => {
  const { byHand, spark } = await world()
  const rest = await Rest.signIn()
  const snapshot = await rest.post(`${registry}/deployableModels`, { storedModel: { id: byHand }, metaData: { name: `meant-${Date.now()}` }, targetRuntimes: [{ id: spark, engineType: 'SPARK_RUNTIME', name: 'spark-runtime-1' }] })
  await rest.close()
  await signIn(page, `/#/snapshots/${snapshot.id}/job`)
  await expect(page.getByLabel('Runtime')).toHaveValue(spark)
  await expect(page.getByText('The one that the snapshot is meant for.')).toBeVisible()
})

test('of a job whose runtime is of another group both groups are told, and no link leads nowhere', async ({ page }) => {
  const { sparkSnapshot } = await world()
  const name = `edge-${Date.now()}`
  const rest = await Rest.signIn()
  await rest.post(`${registry}/runtimes`, { name, engineType: 'SPARK_RUNTIME', group: 'marketing', state: 'ONLINE' })
  const job = await rest.post(`${registry}/jobs`, { jobType: 'MODEL_BATCH_JOB', model: { id: sparkSnapshot }, targetEngine: { engineType: 'SPARK_RUNTIME', name } })
  await rest.close()
  await signIn(page, `/#/jobs/${job.id}`)
  await expect(page.locator('.lead')).toHaveText(new RegExp(`^The runtime ${name} belongs to the group marketing; this job is of the group \\w+, for which none of that name is enrolled\\.$`))
  await expect(page.getByText(/^Make the job anew in the group marketing, or for a runtime of the group/)).toBeVisible()
  await expect(page.locator('main')).toContainText(name)
  await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0)
})

test('a folder becomes a PySpark model, its program first, without its keys', async ({ page }) => {
  const name = `from-source-${Date.now()}`
  await signIn(page, '/#/models/add')
  await page.getByText('PySpark source', { exact: true }).click()
  await page.getByRole('button', { name: 'Next' }).click()
  await expect(page.getByText('Still needed: the program, or its folder.')).toBeVisible()
  await page.getByLabel('Program, with files beside it').setInputFiles([
    { name: 'score.py', mimeType: 'text/x-python', buffer: Buffer.from('# modelop.score\ndef score(inputs, outputs, inputSchemas, outputSchemas):\n    pass\n') },
    { name: 'helpers.py', mimeType: 'text/x-python', buffer: Buffer.from('x = 1\n') }, { name: 'test.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') },
    { name: 'id_rsa', mimeType: 'text/plain', buffer: Buffer.from('CANARY') }, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('-----BEGIN PRIVATE KEY-----\nCANARY\n') },
  ])
  await expect(page.getByText('2 left out, on this machine')).toBeVisible()
  await expect(page.getByRole('listitem').filter({ hasText: 'id_rsa' })).toContainText('it may hold keys or passwords')
  await expect(page.getByRole('listitem').filter({ hasText: 'notes.txt' })).toContainText('it has a private key in it')
  await expect(page.getByLabel('Program that runs')).toHaveValue('score.py')
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  await page.getByRole('tab', { name: 'Assets' }).click()
  await expect(page.getByRole('row', { name: /^score\.py Source Source code/ })).toBeVisible()
  await expect(page.getByRole('row', { name: /^test\.csv Test data Embedded file/ })).toBeVisible()
  const rest = await Rest.signIn()
  const [model] = (await rest.list('storedModels', `name:${name}`)).items
  const { modelAssets } = await rest.get<{ modelAssets: object[] }>(`${registry}/storedModels/${model!.id}`)
  expect(modelAssets[0]).toMatchObject({ name: 'score.py', primaryModelSource: true, assetType: 'SOURCE_CODE' })
  expect(modelAssets).toHaveLength(3)
  await rest.close()
})

test('a Spark runtime shows its jobs by state', async ({ page }) => {
  const { spark, sparkJob } = await world()
  await signIn(page, `/#/runtimes/${spark}`)
  await expect(page.getByRole('heading', { name: 'Cluster' })).toBeVisible()
  await expect(page.getByRole('link', { name: /^\d+ Created$/ })).toBeVisible()
  await expect(page.locator(`a[href="#/jobs/${sparkJob}"]`).first()).toBeVisible()
})

test('cancelled jobs are a state of the list as the others are', async ({ page }) => {
  await signIn(page, '/#/jobs')
  await page.getByRole('button', { name: /^Cancelled/ }).click()
  await expect(page).toHaveURL(/status%3ACANCELLED/)
})

test.describe('runs of the mock', () => {
  test.skip(!mocked, 'needs a Spark runtime that runs jobs')

  test('a log is followed while it grows, searched, and its other stream is there', async ({ page }) => {
    const seen = watch(page)
    await signIn(page, `/#/jobs/${id(500)}`)
    const log = page.getByRole('log', { name: 'Standard output' })
    await expect(log).toContainText('Finished task 59.0')
    await expect(log).toContainText('Finished task 64.0')
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('task 7.0')
    await expect(page.getByText('1 of 1')).toBeVisible()
    await expect(page.getByRole('checkbox', { name: 'Follow' })).not.toBeChecked()
    await expect(log.locator('mark')).toBeInViewport()
    await page.getByRole('button', { name: 'Standard error' }).click()
    await expect(page.getByText('Nothing was written yet.').or(page.getByText('New lines appear as they are written.'))).toBeVisible()
    expect(seen.faults).toEqual([])
  })

  test('a failed job tells what the model raised, and is run again', async ({ page }) => {
    await signIn(page, `/#/jobs/${id(501)}`)
    await expect(page.getByText('Failed after 2 min 14 s: the model raised ValueError: Input contains NaN in column age')).toBeVisible()
    await expect(page.getByText('Claimed by spark-runtime-1')).toBeVisible()
    await expect(page.getByLabel('Effective command')).toContainText("--name 'slipway titanic'")
    await expect(page.getByText('http://edge-1:4040 (until the driver ended)')).toBeVisible()
    await expect(page.getByRole('link', { name: /4040|Spark page/ })).toHaveCount(0)
    await page.getByRole('button', { name: 'Retry' }).click()
    await expect(page.getByText('Waits until spark-runtime-1 takes it.')).toBeVisible()
    await page.getByRole('link', { name: 'an earlier job' }).click()
    await expect(page).toHaveURL(new RegExp(id(501)))
  })

  test('a reason with a long address is no wider than a narrow screen', async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 })
    await signIn(page, `/#/jobs/${id(505)}`)
    await expect(page.locator('.lead')).toContainText('application_1795633200000_0014')
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
  })

  test('long names of settings stand beside their values, not over them', async ({ page }) => {
    const { spark } = await world()
    await page.setViewportSize({ width: 1440, height: 900 })
    await signIn(page, `/#/runtimes/${spark}`)
    await expect(page.getByText('spark.executorEnv.SPARK_LOCAL_IP')).toBeVisible()
    expect(await page.locator('.facts dt').evaluateAll((names) => names.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent))).toEqual([])
  })

  test('a job whose runtime is gone is taken from it, and the risk is told before', async ({ page }) => {
    await signIn(page, `/#/jobs/${id(504)}`)
    await expect(page.getByText('spark-runtime-3 has left.')).toBeVisible()
    await page.getByRole('button', { name: 'Reassign' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Reassign', exact: true }).click()
    await expect(dialog.getByRole('heading', { name: 'It may run twice' })).toBeVisible()
    await dialog.getByRole('button', { name: 'Reassign all the same' }).click()
    await expect(dialog).toHaveCount(0)
    await expect(page.getByText('Waits for the runtime spark-runtime-3. It was stopped. It has left; its jobs wait until it is back.')).toBeVisible()
  })

  test('test results are charts with their numbers beside them', async ({ page }) => {
    await signIn(page, `/#/jobs/${id(502)}`)
    await expect(page.getByRole('img', { name: /^Line chart: model from 0 to 1/ })).toBeVisible()
    const figure = page.getByRole('figure', { name: 'ROC' })
    await figure.getByText('As a table').click()
    await expect(figure.getByRole('row', { name: '0.05 0.42' })).toBeVisible()
    const saved = page.waitForEvent('download')
    await figure.getByRole('button', { name: 'Save as CSV' }).click()
    expect((await saved).suggestedFilename()).toBe('ROC.csv')
    await expect(page.getByText('Gaps stand for 2 values that are NaN or null.')).toBeVisible()
    await expect(page.getByRole('table', { name: 'Bias' }).getByRole('row', { name: 'sex male 0.93' })).toBeVisible()
  })

  test('a runtime that takes nothing says why', async ({ page }) => {
    await signIn(page)
    await open(page, `#/runtimes/${id(211)}`)
    await expect(page.getByRole('heading', { name: 'No job is picked' })).toBeVisible()
  })
})
