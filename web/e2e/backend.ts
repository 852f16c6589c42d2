/** The server under test: the mock, or a real one with moto and a fault proxy (tests/sandbox/journeys.py names their addresses). */
import { readFileSync } from 'node:fs'
import { type APIRequestContext, expect, request } from '@playwright/test'

export const user = process.env.SLIPWAY_E2E_USER ?? 'admin'
export const password = process.env.SLIPWAY_E2E_PASSWORD ?? 'slipway-demo'
/** Of everybody but the administrator. */
export const personsPassword = 'a-journey-goes-far'
export const mocked = process.env.SLIPWAY_E2E_URL === undefined
export const address = process.env.SLIPWAY_E2E_URL ?? `http://127.0.0.1:${process.env.SLIPWAY_E2E_PORT ?? '8097'}`

const proxy = process.env.SLIPWAY_PROXY_URL ?? ''
const proxyControl = process.env.SLIPWAY_PROXY_CONTROL_URL ?? ''
const control = process.env.SLIPWAY_CONTROL_URL ?? ''

export const registry = '/model-manage/api'
export const sageMaker = '/sagemaker-service/api'

/** Models of the account by what the journeys need of them. */
export const account = mocked
  ? { ready: ['fraud-xgb'], fresh: 'recommender-als', denied: 'no-tags-permission', cancelled: 'loan-default-nn', refused: 'queue-forecast', region: 'us-east-2', part: 'ocr', whole: 'document-ocr', tag: 'tag.tier=1' }
  : { ready: ['churn-classifier-v3', 'demand-forecast-weekly'], fresh: 'fraud-scoring-pipeline', unseen: 'churn-classifier-v2', denied: 'credit-risk-pd', cancelled: 'loan-default-challenger', refused: 'customer-segments', region: 'eu-west-1', part: 'demand', whole: 'demand-forecast-weekly', tag: 'tag.stage=prod' }

async function ask(method: string, url: string, body?: object, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`)
  return text ? JSON.parse(text) : undefined
}

/** Faults of AWS and of the server. The mock has its own by the names of its models. */
export const faults = {
  rule: async (rule: object) => mocked || ask('POST', `${proxyControl}/_proxy/rules`, rule),
  release: async () => mocked || ask('DELETE', `${proxyControl}/_proxy/rules`),
  reset: async () => mocked || ask('POST', `${proxyControl}/_proxy/reset`),
  held: async () => ((await ask('GET', `${proxyControl}/_proxy/held`)) as { held: number }).held,
  restart: async () => ask('POST', `${control}/restart`),
  kill: async () => ask('POST', `${control}/kill`),
  start: async () => ask('POST', `${control}/start`),
  freeze: async () => ask('POST', `${control}/freeze`),
  thaw: async () => ask('POST', `${control}/thaw`),
}

/** One call to AWS as the sandbox account's owner would make it; the proxy hands it on to moto. */
export async function aws(operation: string, body: object): Promise<Record<string, unknown>> {
  const scope = `${'20260101'}/${account.region}/sagemaker/aws4_request`
  return (await ask('POST', proxy, body, { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': `SageMaker.${operation}`, Authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/${scope}, SignedHeaders=host, Signature=0` })) as Record<string, unknown>
}

/** Sets what AWS would set by itself: a job that failed, a reason. */
export const adjust = (changes: object[]): Promise<unknown> => ask('POST', `${proxy}/_sandbox/adjust`, changes, { 'X-Region': account.region })

/** How steps of things in AWS end that begin from now on: the sandbox account takes its time (tests/sandbox/moto_life). */
export const script = (step: string, name: string, end: string, reason: string, times = 1): Promise<unknown> => ask('POST', `${proxy}/_sandbox/life/script`, { step, name, end, reason, times })

type Json = Record<string, unknown> & { id: string }

/** REST as the administrator. */
export class Rest {
  private constructor(private readonly http: APIRequestContext, private readonly csrf: string) {}

  static async signIn(): Promise<Rest> {
    const http = await request.newContext({ baseURL: address })
    const answer = await http.post('/gocli/session', { data: { username: user, password } })
    expect(answer.status(), await answer.text()).toBe(200)
    return new Rest(http, ((await answer.json()) as { csrfToken: string }).csrfToken)
  }

  async get<T = Json>(path: string): Promise<T> {
    const answer = await this.http.get(path)
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true)
    return (await answer.json()) as T
  }

  async post<T = Json>(path: string, data: object): Promise<T> {
    const answer = await this.http.post(path, { data, headers: { 'X-CSRF-Token': this.csrf } })
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true)
    return (await answer.json()) as T
  }

  async put(path: string, data: object): Promise<void> {
    const answer = await this.http.put(path, { data, headers: { 'X-CSRF-Token': this.csrf } })
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true)
  }

  async remove(path: string): Promise<void> {
    const answer = await this.http.delete(path, { headers: { 'X-CSRF-Token': this.csrf } })
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true)
  }

  async list(collection: string, filter = '', more: Record<string, string> = {}): Promise<{ items: Json[]; total: number }> {
    const query = new URLSearchParams({ ...(filter && { filter }), ...more })
    const body = await this.get<{ _embedded?: Record<string, Json[]>; page: { totalElements: number } }>(`${registry}/${collection}?${query}`)
    return { items: Object.values(body._embedded ?? {})[0] ?? [], total: body.page.totalElements }
  }

  /** The first that fits, else what `make` is posted for. */
  async some(collection: string, filter: string, make?: object): Promise<Json> {
    const [first] = (await this.list(collection, filter, { size: '1' })).items
    if (first) return first
    expect(make, `no ${collection} with ${filter}`).toBeDefined()
    return this.post(`${registry}/${collection}`, make!)
  }

  /** Somebody new, with a password that journeys know. */
  async person(username: string, groups: string[]): Promise<void> {
    const { total } = await this.list('users', `username:${username}`)
    if (total === 0) await this.post(`${registry}/users`, { username, groups, password: personsPassword })
  }

  async import(modelName: string, group?: string): Promise<Json> {
    const { id } = await this.post(`${sageMaker}/imports`, { modelName, ...(group && { group }) })
    const operation = () => this.get(`${sageMaker}/operations/${id}`)
    await expect.poll(async () => (await operation())['state'], { timeout: 60_000, message: `import of ${modelName}` }).toBe('COMPLETE')
    return operation()
  }

  /** Deploys a life cycle for a group, and starts it. @return the id of its instance. */
  async start(file: string, key: string, group: string, businessKey: string): Promise<string> {
    const multipart = { 'tenant-id': group, 'enable-duplicate-filtering': 'true', data: { name: `${key}.bpmn`, mimeType: 'application/xml', buffer: readFileSync(file) } }
    const answer = await this.http.post('/mlc-service/rest/deployment/create', { multipart, headers: { 'X-CSRF-Token': this.csrf } })
    expect(answer.ok(), await answer.text()).toBe(true)
    const { deployedProcessDefinitions } = (await answer.json()) as { deployedProcessDefinitions: Record<string, Json> }
    return (await this.post(`/mlc-service/rest/process-definition/${encodeURIComponent(Object.keys(deployedProcessDefinitions)[0]!)}/start`, { businessKey })).id
  }

  close(): Promise<void> {
    return this.http.dispose()
  }
}
