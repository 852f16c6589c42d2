import { expect, test } from '@playwright/test'
import { axeFaults, mocked, open, signIn, watch } from './pages'

const id = (n: number) => `0198f2a0-0000-7000-8000-${String(n).padStart(12, '0')}`
const everywhere = ['#/models', '#/models/add', '#/models/add?step=2', '#/models/add?step=3', '#/jobs', '#/runtimes', '#/deployments', '#/notifications', '#/users', '#/credentials', '#/tasks', '#/about', '#/nowhere', `#/jobs/${id(1)}`]
const objects = [
  `#/models/${id(1)}`, `#/models/${id(1)}?tab=jobs`, `#/models/${id(1)}?tab=assets`, `#/models/${id(1)}?tab=details`, `#/models/${id(1)}?tab=history`, `#/models/${id(21)}?tab=details`,
  `#/snapshots/${id(100)}`, `#/snapshots/${id(104)}`, `#/runtimes/${id(200)}`, `#/runtimes/${id(203)}`, `#/runtimes/${id(210)}`, `#/jobs/${id(403)}`, `#/jobs/${id(407)}`, '#/models?filter=name%3Anone', '#/models?filter=colour%3Ared',
]

for (const scheme of ['light', 'dark'] as const) {
  // Colours are the same on a narrow screen: one theme is enough there.
  for (const width of scheme === 'light' ? [1440, 390] : [1440]) {
    test(`no accessibility fault on any page, ${scheme}, ${width} px`, async ({ browser }) => {
      test.setTimeout(240_000)
      const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 } })
      const page = await context.newPage()
      const seen = watch(page)
      await page.goto('/')
      await expect(page.getByLabel('Username')).toBeVisible()
      expect(await axeFaults(page), 'sign in').toEqual([])
      await signIn(page)
      for (const path of [...everywhere, ...(mocked ? objects : [])]) {
        await open(page, path)
        expect.soft(await axeFaults(page), path).toEqual([])
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        expect.soft(overflow, `${path} is wider than the screen`).toBe(0)
      }
      expect.soft(seen.faults.filter((fault) => !/status of 400/.test(fault))).toEqual([])
      await context.close()
    })
  }

  test(`no accessibility fault in menus and dialogs, ${scheme}`, async ({ browser }) => {
    test.skip(!mocked, 'knows the data of the mock')
    test.setTimeout(180_000)
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    await signIn(page, `/#/models/${id(1)}`)
    const check = async (what: string) => expect.soft(await axeFaults(page), what).toEqual([])
    for (const name of ['Operations', 'Theme', 'Signed in as admin']) {
      await page.getByRole('button', { name }).click()
      await check(name)
      await page.keyboard.press('Escape')
    }
    await page.getByRole('button', { name: 'Create Snapshot' }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await check('create snapshot')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Delete' }).first().click()
    await check('delete')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('listbox')).toBeVisible()
    await check('palette')
    await page.keyboard.press('Escape')
    await open(page, '#/users')
    await page.getByRole('button', { name: 'Add user' }).click()
    await check('add user')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await open(page, '#/models')
    await page.getByRole('button', { name: 'View' }).click()
    await check('view menu')
    await context.close()
  })
}
