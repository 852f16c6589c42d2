/** Pictures of every page in both themes, wide and narrow, for people to look at: `node e2e/shots.mjs URL FOLDER [only]`. */
import { mkdirSync } from 'node:fs'
import { chromium } from '@playwright/test'

const [url = 'http://127.0.0.1:8097', folder = '../build/shots', only] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const id = (n) => `0198f2a0-0000-7000-8000-${String(n).padStart(12, '0')}`
const pages = {
  models: '#/models', add1: '#/models/add', add2: '#/models/add?step=2', add3: '#/models/add?step=3', model: `#/models/${id(1)}`, assets: `#/models/${id(1)}?tab=assets`, details: `#/models/${id(1)}?tab=details`,
  history: `#/models/${id(1)}?tab=history`, modeljobs: `#/models/${id(1)}?tab=jobs`, snapshot: `#/snapshots/${id(100)}`, runtime: `#/runtimes/${id(200)}`, jobs: '#/jobs', job: `#/jobs/${id(403)}`, jobcreated: `#/jobs/${id(407)}`,
  runtimes: '#/runtimes', deployments: '#/deployments', notifications: '#/notifications', users: '#/users', credentials: '#/credentials', tasks: '#/tasks', about: '#/about', nothing: '#/models?filter=name%3Anone', canary: `#/models/${id(21)}`,
  sparkrunning: `#/jobs/${id(500)}`, sparkfailed: `#/jobs/${id(501)}`, sparkmetrics: `#/jobs/${id(502)}`, sparksnapshot: `#/snapshots/${id(150)}`, newjob: `#/snapshots/${id(150)}/job`, sparkruntime: `#/runtimes/${id(210)}`, sparkoffline: `#/runtimes/${id(211)}`,
}
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] })
for (const width of [1440, 390]) {
  for (const scheme of ['light', 'dark']) {
    const page = await (await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 } })).newPage()
    page.on('pageerror', (error) => console.log('FAILED', error.message))
    page.on('console', (message) => message.type() === 'error' && console.log('CONSOLE', message.text()))
    await page.goto(url)
    await page.getByLabel('Username').waitFor()
    if (!only) await page.screenshot({ path: `${folder}/signin-${scheme}-${width}.png` })
    await page.getByLabel('Username').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill('slipway-demo')
    await page.getByRole('button', { name: 'Sign in' }).click()
    for (const [name, hash] of Object.entries(pages)) {
      if (only && !only.split(',').includes(name)) continue
      await page.evaluate((to) => { window.location.hash = to }, hash)
      await page.waitForTimeout(900)
      await page.screenshot({ path: `${folder}/${name}-${scheme}-${width}.png`, fullPage: true })
    }
  }
}
await browser.close()
