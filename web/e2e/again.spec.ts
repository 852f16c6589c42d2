import { expect, test } from '@playwright/test'
import { mocked, registry, Rest } from './backend'
import { open, problem, signIn } from './pages'

test('an answer that is lost on its way does not make a second model', async ({ page }) => {
  test.skip(mocked, 'the mock keeps no answers')
  const name = `asked-twice-${Date.now()}`
  await signIn(page, '/#/models/add')
  await page.getByText('By hand', { exact: true }).click()
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('button', { name: 'Next' }).click()
  await page.route(`**${registry}/storedModels`, async (route) => {
    await route.fetch()
    await route.abort('connectionreset')
  })
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(problem(page)).toContainText('The server cannot be reached')
  await page.unroute(`**${registry}/storedModels`)
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  const rest = await Rest.signIn()
  expect((await rest.list('storedModels', `name:${name}`)).total).toBe(1)
  await rest.close()
})

test('groups with blanks and tags with commas stay whole when something else is changed', async ({ page }) => {
  const stamp = Date.now()
  const rest = await Rest.signIn()
  const user = await rest.post(`${registry}/users`, { username: `team-${stamp}`, password: 'a long password', groups: ['Risk Team', 'crm'] })
  const tags = ['owner=Smith, Ann', 'demo']
  const model = await rest.post(`${registry}/storedModels`, { modelMetaData: { name: `commas-${stamp}`, type: 'PYSPARK', tags } })
  await signIn(page, '/#/users')
  await page.getByRole('button', { name: `Change team-${stamp}` }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Groups')).toHaveValue('Risk Team, crm')
  await dialog.getByLabel('New password').fill('another long password')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toHaveCount(0)
  expect((await rest.get(`${registry}/users/${user.id}`))['groups']).toEqual(['Risk Team', 'crm'])

  await open(page, `#/models/${model.id}?tab=details`)
  await page.getByRole('button', { name: 'Edit metadata' }).click()
  await page.getByLabel('Tags').fill(`${await page.getByLabel('Tags').inputValue()}, third`)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('button', { name: 'Edit metadata' })).toBeVisible()
  expect((await rest.get<{ modelMetaData: object }>(`${registry}/storedModels/${model.id}`)).modelMetaData).toMatchObject({ tags: [...tags, 'third'] })
  await rest.close()
})
