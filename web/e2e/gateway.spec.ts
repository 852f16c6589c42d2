/** The page below a path of somebody else's host: a gateway takes `/gw` away on the way to the server and says so (case 24). */
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import { address, mocked, password, registry, Rest, user } from './backend'
import { open, watch } from './pages'
import { world } from './world'

let gateway: Server
let home = ''
/** What was asked beside the prefix: nothing may be. */
const beside: string[] = []

test.beforeAll(async () => {
  await world()
  gateway = createServer((asked, answer) => {
    const path = asked.url ?? '/'
    if (!path.startsWith('/gw/')) {
      beside.push(path)
      answer.writeHead(404).end()
      return
    }
    const onward = request(`${address}${path.slice(3)}`, { method: asked.method, headers: { ...asked.headers, 'X-Forwarded-Prefix': '/gw' } }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    asked.pipe(onward)
  })
  await new Promise<void>((done) => gateway.listen(0, '127.0.0.1', done))
  home = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/gw`
})
test.afterAll(() => {
  gateway.closeAllConnections()
  gateway.close()
})

test('behind a gateway that strips a prefix everything stays below it', async ({ page, context }) => {
  const { model, completeJob } = await world()
  const seen = watch(page)
  await page.goto(`${home}/#/jobs/${completeJob}`)
  await page.getByLabel('Username').fill(user)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('banner', { name: 'Slipway' })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Timeline' })).toBeVisible()
  const [cookie] = await context.cookies(home)
  if (!mocked) expect(cookie).toMatchObject({ path: '/gw', httpOnly: true, sameSite: 'Strict' })

  await page.getByText('This view from the command line').click()
  await expect(page.getByText(`'${home}${registry}/jobs/${completeJob}'`).or(page.getByText(`${home}${registry}/jobs/${completeJob}`)).first()).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Timeline' })).toBeVisible()

  await open(page, '#/models')
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  const name = `through-the-gateway-${Date.now()}`
  const rest = await Rest.signIn()
  const made = await rest.post(`${registry}/storedModels`, { modelMetaData: { name, type: 'PYSPARK' }, modelAssets: [{ assetType: 'FILE', assetRole: 'MODEL_DOCUMENTATION', name: 'card.md', filename: 'card.md', fileContent: btoa('# read me') }] })
  await rest.close()
  await expect(page.getByRole('link', { name })).toBeVisible() // told by the event stream
  if (!mocked) {
    await open(page, `#/models/${made.id}?tab=assets`)
    const saved = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download' }).click()
    expect((await saved).url()).toContain(`${home}${registry}/storedModels/${made.id}/assets/`)
  }
  await open(page, `#/models/${model}`)
  await expect(page.getByRole('link', { name: 'Slipway', exact: true })).toHaveJSProperty('href', `${home}/#/models`)
  expect(beside).toEqual([])
  expect(seen.faults).toEqual([])
})
