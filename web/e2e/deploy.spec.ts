import { expect, test } from '@playwright/test'
import { mocked } from './backend'
import { axeFaults, open, problem, signIn, watch } from './pages'
import { world } from './world'

test('a snapshot is asked for, approved by somebody else, deployed, and undeployed', async ({ page, browser }) => {
  test.skip(!mocked, 'on a real server this makes an endpoint: the life cycle tests do')
  const seen = watch(page)
  const { snapshot } = await world()
  const wish = async (endpoint: string) => {
    await page.getByRole('button', { name: 'Deploy', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Deploy' })
    await dialog.getByLabel('Endpoint name (optional)').fill(endpoint)
    await dialog.getByRole('button', { name: 'Deploy', exact: true }).click()
    return dialog
  }
  await signIn(page, `/#/snapshots/${snapshot}`, 'ana')
  const dialog = await wish('-wrong-')
  await expect(dialog.getByText('it begins and ends with a letter or a digit')).toBeVisible()
  expect(await axeFaults(page)).toEqual([])
  await dialog.getByLabel('Endpoint name (optional)').fill('journey-live')
  await dialog.getByLabel('Reason (optional)').fill('release 12')
  await dialog.getByRole('button', { name: 'Deploy', exact: true }).click()
  await expect(dialog.getByText('An approval is needed first')).toBeVisible()
  await dialog.getByRole('link', { name: 'Open the ticket' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Approval of')
  await expect(page.getByText(/^Creates the endpoint journey-live with/)).toBeVisible()
  // Known before it is pressed: who asked for it may not decide.
  await expect(page.getByText('You may not decide this ticket')).toBeVisible()
  for (const name of ['Approve', 'Reject']) {
    await expect(page.getByRole('button', { name })).toHaveAttribute('aria-disabled', 'true')
    await expect(page.getByRole('button', { name })).toHaveAccessibleDescription('Who asked for it may not decide on it: somebody else must look.')
  }
  expect(await axeFaults(page)).toEqual([])

  const address = page.url().replace(/^[^#]*/, '')
  const other = await (await browser.newContext()).newPage()
  await signIn(other, `/${address}`)
  await other.getByRole('button', { name: 'Look again' }).click()
  await other.getByRole('button', { name: 'Approve' }).click()
  await other.getByRole('dialog', { name: 'Approve' }).getByLabel('Comment (optional)').fill('Reviewed with the committee')
  await other.getByRole('dialog', { name: 'Approve' }).getByRole('button', { name: 'Approve', exact: true }).click()
  await expect(other.getByText('Reviewed with the committee')).toBeVisible()
  await other.context().close()

  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await page.getByRole('dialog', { name: 'Deploy' }).getByRole('button', { name: 'Deploy', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('on journey-live')
  await expect(page.getByText('Deployed: journey-live serves exactly the configuration asked for.')).toBeVisible()
  expect(await axeFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Undeploy' }).click()
  const undeploy = page.getByRole('dialog', { name: 'Undeploy' })
  await undeploy.getByLabel('Type journey-live to go on').fill('journey-live')
  await undeploy.getByRole('button', { name: 'Undeploy', exact: true }).click()
  await expect(page.getByText('Undeployed: journey-live is no more in AWS.')).toBeVisible()
  await expect(problem(page)).toHaveCount(0)
  // The refusal of the first wish was meant.
  expect(seen.faults.filter((fault) => !fault.includes('status of 403'))).toEqual([])
})

test('tickets have a page, open ones first', async ({ page }) => {
  test.skip(!mocked, 'what is in a real account is up to the journeys before')
  await signIn(page)
  await page.getByRole('link', { name: 'Tickets', exact: true }).click()
  const tickets = page.getByRole('table', { name: 'tickets' })
  await expect(tickets.getByRole('row').nth(1)).toContainText('Open')
  await expect(page.getByRole('button', { name: /^Open 1/ })).toBeVisible()
  await expect(tickets.getByRole('row').nth(1)).toContainText('Waits for you')
  await tickets.getByRole('link').first().click()
  await open(page, page.url().replace(/^[^#]*/, ''))
  expect(await axeFaults(page)).toEqual([])
})

test('who decides for another group sees the evidence and no way to what is closed to them', async ({ page }) => {
  test.skip(!mocked, 'approvers of another group are tried in tests/integration/test_deploy.py')
  await signIn(page)
  await page.getByRole('link', { name: 'Tickets', exact: true }).click()
  const tickets = page.getByRole('table', { name: 'tickets' })
  await tickets.getByRole('link').first().click()
  const main = page.getByRole('main')
  await expect(main.getByRole('heading', { name: 'Deployments of the snapshot' })).toBeVisible()
  const ways = main.locator('a[href^="#/snapshots"], a[href^="#/models"], a[href^="#/jobs"], a[href^="#/instances"]')
  expect(await ways.count()).toBeGreaterThan(2)
  await page.route('**/deployableModels/*', (route) => route.fulfill({ status: 404, contentType: 'application/problem+json', body: '{"status":404,"code":"NOT_FOUND","title":"Not found"}' }))
  await page.reload()
  await expect(main.getByRole('heading', { name: 'Assets' })).toBeVisible()
  await expect(main.getByText('by its group')).toBeVisible()
  await expect(ways).toHaveCount(0)
  await expect(main.getByRole('heading', { name: 'Deployments of the snapshot' })).toHaveCount(0)
  await expect(main.getByText('fraud-xgb', { exact: false }).first()).toBeVisible()
  await expect(page.getByRole('button', { name: 'Approve' })).toBeEnabled()
})

test('what is wrong with an issue is told beside the button that looks at it again', async ({ page }) => {
  test.skip(!mocked, 'issues of Jira are tried in tests/integration/test_jira.py')
  await signIn(page)
  await page.getByRole('link', { name: 'Tickets', exact: true }).click()
  const gone = { code: 'GONE', message: 'MRM-8 is not there any more. Look at the ticket again here (slipway ticket recheck): another issue is made.' }
  await page.route(/\/notifications\/[^/?]+$/, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), decidedHere: false, assignment: { assignmentType: 'JIRA_NOTIFICATION_ASSIGNMENT', issueKey: 'MRM-8', currentStatus: 'To Do', problem: gone } } })
  })
  await page.getByRole('table', { name: 'tickets' }).getByRole('link').first().click()
  const note = page.getByRole('status').filter({ hasText: gone.message })
  await expect(page.getByRole('link', { name: 'MRM-8, To Do' }).or(page.getByText('MRM-8, To Do')).first()).toBeVisible()
  const asked = page.waitForRequest((request) => request.url().endsWith('/recheck') && request.method() === 'POST')
  await note.getByRole('button', { name: 'Look again' }).click()
  await asked
  await expect(page.getByRole('button', { name: 'Look again' }), 'one way, where it is told').toHaveCount(1)
  expect(await axeFaults(page)).toEqual([])
})
