/**
 * Pictures of every page in both themes, wide and narrow, for people to look at: `node e2e/shots.mjs URL FOLDER [only]`, on the mock or on a real server
 * (SLIPWAY_E2E_USER, SLIPWAY_E2E_PASSWORD). What it has is found by REST; SLIPWAY_SHOTS_WIDTHS and SLIPWAY_SHOTS_THEMES take fewer.
 */
import { mkdirSync } from 'node:fs'
import { chromium } from '@playwright/test'

const [url = 'http://127.0.0.1:8097', folder = '../build/shots', only] = process.argv.slice(2)
const widths = (process.env.SLIPWAY_SHOTS_WIDTHS ?? '1440,390').split(',').map(Number)
const themes = (process.env.SLIPWAY_SHOTS_THEMES ?? 'light,dark').split(',')
mkdirSync(folder, { recursive: true })

/** Ids of what there is to see, by filter. */
async function found(page) {
  const first = (collection, filter) => page.evaluate(async (path) => {
    const answer = await fetch(path)
    const body = answer.ok ? await answer.json() : {}
    return Object.values(body._embedded ?? {})[0]?.[0]?.id
  }, `${collection}?size=1${filter ? `&filter=${encodeURIComponent(filter)}` : ''}`)
  const registry = (collection, filter) => first(`model-manage/api/${collection}`, filter)
  return {
    model: await registry('storedModels', 'type:SAGEMAKER'), unknown: await registry('storedModels', 'attention:true'), byHand: await registry('storedModels', 'type:PYSPARK'),
    snapshot: await registry('deployableModels', 'generated:false'), sparkSnapshot: (await registry('deployableModels', 'name~titanic')) ?? (await registry('deployableModels')),
    endpoint: await registry('runtimes', 'engineType:SAGEMAKER_RUNTIME'), spark: await registry('runtimes', 'engineType:SPARK_RUNTIME state:ONLINE'), offline: await registry('runtimes', 'engineType:SPARK_RUNTIME state:OFFLINE'),
    failed: await registry('jobs', 'status:ERROR'), complete: await registry('jobs', 'status:COMPLETE'), created: await registry('jobs', 'status:CREATED'), metrics: await registry('jobs', 'jobType:MODEL_BATCH_TEST_JOB'),
    live: await registry('deployedModels', 'state:DEPLOYED'), ticket: await registry('notifications', 'type:MODEL_APPROVAL_NOTIFICATION open:true'), decided: await registry('notifications', 'type:MODEL_APPROVAL_NOTIFICATION open:false'),
    sparkRunning: await registry('jobs', 'status:RUNNING engineType:SPARK_RUNTIME'), sparkFailed: await registry('jobs', 'status:ERROR engineType:SPARK_RUNTIME'), instances: await page.evaluate(async () => { const answer = await fetch('mlc-service/rest/history/process-instance?maxResults=10'); return answer.ok ? (await answer.json()).map(({ id }) => id) : [] }),
    definition: await page.evaluate(async () => { const answer = await fetch('mlc-service/rest/process-definition?latestVersion=true'); return answer.ok ? (await answer.json())[0]?.id : undefined }), operation: await first('sagemaker-service/api/operations', ''),
  }
}

const pagesOf = (ids) => ({
  models: '#/models', deployed: '#/models?filter=deployed%3Atrue', nothing: '#/models?filter=name%3Anone', add1: '#/models/add', add2: '#/models/add?step=2', add3: '#/models/add?step=3', import: ids.operation && `#/imports/${ids.operation}`,
  model: `#/models/${ids.model}`, ...Object.fromEntries(['jobs', 'assets', 'details', 'history'].map((tab) => [`model-${tab}`, `#/models/${ids.model}?tab=${tab}`])), unknown: ids.unknown && `#/models/${ids.unknown}`, byhand: ids.byHand && `#/models/${ids.byHand}?tab=assets`,
  snapshot: ids.snapshot && `#/snapshots/${ids.snapshot}`, sparksnapshot: ids.sparkSnapshot && `#/snapshots/${ids.sparkSnapshot}`, newjob: ids.sparkSnapshot && `#/snapshots/${ids.sparkSnapshot}/job`,
  awsjob: `#/models/${ids.model}/job`, awstraining: `#/models/${ids.model}/job?kind=training`, deployment: ids.live && `#/deployments/${ids.live}`, ticket: ids.ticket && `#/tickets/${ids.ticket}`, decided: ids.decided && `#/tickets/${ids.decided}`,
  endpoint: ids.endpoint && `#/runtimes/${ids.endpoint}`, spark: ids.spark && `#/runtimes/${ids.spark}`, offline: ids.offline && `#/runtimes/${ids.offline}`,
  lifecycles: '#/lifecycles', lifecycle: ids.definition && `#/lifecycles/${encodeURIComponent(ids.definition)}`, ...Object.fromEntries(ids.instances.slice(0, 3).map((id, n) => [`instance${n + 1}`, `#/instances/${id}`])),
  ...Object.fromEntries(['failed', 'complete', 'created', 'metrics', 'sparkRunning', 'sparkFailed'].map((name) => [`job-${name}`, ids[name] && `#/jobs/${ids[name]}`])),
  ...Object.fromEntries(['jobs', 'runtimes', 'deployments', 'tickets', 'notifications', 'users', 'credentials', 'tasks', 'about'].map((name) => [name, `#/${name}`])),
})

async function shoot(page, name, hash, path) {
  await page.evaluate((to) => { window.location.hash = to }, hash)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.locator('[aria-busy="true"]:not([role="progressbar"]), .cds--skeleton, .cds--skeleton__text').first().waitFor({ state: 'hidden' })
  await page.waitForLoadState('networkidle', { timeout: 1_500 }).catch(() => undefined)
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (over > 0) console.log('WIDER THAN THE SCREEN', name, over)
  await page.screenshot({ path, fullPage: true })
}

const browser = await chromium.launch({ executablePath: process.env.SLIPWAY_CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] })
for (const width of widths) {
  for (const scheme of themes) {
    const page = await (await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 } })).newPage()
    page.on('pageerror', (error) => console.log('FAILED', error.message))
    page.on('console', (message) => message.type() === 'error' && console.log('CONSOLE', message.text()))
    await page.goto(url)
    await page.getByLabel('Username').waitFor()
    if (!only) await page.screenshot({ path: `${folder}/signin-${scheme}-${width}.png` })
    await page.getByLabel('Username').fill(process.env.SLIPWAY_E2E_USER ?? 'admin')
    await page.getByLabel('Password', { exact: true }).fill(process.env.SLIPWAY_E2E_PASSWORD ?? 'slipway-demo')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Slipway' }).waitFor()
    for (const [name, hash] of Object.entries(pagesOf(await found(page)))) {
      if (!hash || (only && !only.split(',').includes(name))) continue
      await shoot(page, name, hash, `${folder}/${name}-${scheme}-${width}.png`)
    }
  }
}
await browser.close()
