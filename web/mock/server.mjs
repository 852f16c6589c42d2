/**
 * A stand-in for `slipway serve` while the page is developed and tested: same addresses, shapes and headers, data in memory.
 * `node mock/server.mjs [--port 8099] [--dir ../build/web]`; sign in as admin or ana with the password `slipway-demo`.
 */
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { accountModels, credentials as someCredentials, envelope, iso, tasks, uuid, world as makeWorld } from './data.mjs'
import { addTickets, asReadBy, decide, deployments } from './deployments.mjs'
import { startImport } from './imports.mjs'
import { addLifecycles, lifecycles, startAnew, whyNot } from './lifecycles.mjs'
import { page, storedModelOf, withSummary } from './query.mjs'
import { addSpark, retried, serveLog, whyJob } from './spark.mjs'

const option = (name, fallback) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : fallback)
const port = Number(option('--port', '8099'))
const folder = option('--dir', new URL('../../build/web', import.meta.url).pathname)
const world = makeWorld()
addSpark(world)
addTickets(world)
addLifecycles(world)
let credentials = someCredentials()
const operations = []
const sessions = new Map()
const streams = new Set()
let seq = 100
let made = 9000

/** Word for word what the server sends with the page (src/http/dispatcher.cpp). */
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
const fail = (status, code, detail, errors, more) => Object.assign(new Error(detail), { problem: [status, code, detail, errors, more] })

function emit(type, id, kind) {
  seq += 1
  for (const stream of streams) stream.write(`id: ${seq}\ndata: ${JSON.stringify({ seq, type, id, version: 1, kind })}\n\n`)
}

function merge(target, patch) {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete target[key]
    else if (typeof value === 'object' && !Array.isArray(value) && typeof target[key] === 'object' && target[key]) merge(target[key], value)
    else target[key] = value
  }
}

const types = { storedModels: 'StoredModel', deployableModels: 'DeployableModel', deployedModels: 'DeployedModel', runtimes: 'Runtime', jobs: 'Job', modelTestResults: 'ModelTestResult', notifications: 'Notification', auditRecords: 'AuditRecord', users: 'User', clients: 'Client' }

function find(collection, id) {
  const one = world[collection]?.find((entry) => entry.id === id)
  if (!one) throw fail(404, 'NOT_FOUND', 'There is no such object, or you may not see it.')
  return one
}

function checkVersion(request, one) {
  const wanted = request.headers['if-match']
  if (wanted && wanted !== '*' && wanted !== `"${one.version}"`) throw fail(412, 'VERSION_MISMATCH', 'It has changed since you read it. Nothing was saved.')
}

function create(collection, body, who) {
  const one = { ...envelope(made++, 0), createdBy: who, lastModifiedBy: who, createdDate: new Date().toISOString(), lastModifiedDate: new Date().toISOString(), ...body }
  if (collection === 'deployableModels') {
    const model = find('storedModels', body.storedModel?.id)
    one.storedModel = { id: model.id, modelMetaData: model.modelMetaData }
    if (body.sageMaker) one.sageMaker = { kind: 'ENDPOINT_CONFIG', name: body.sageMaker.name ?? `${model.sageMaker.name}-c`, region: 'us-east-2', account: '123456789012', status: 'Planned', productionVariants: body.sageMaker.productionVariants.map((one_) => ({ VariantName: 'AllTraffic', ModelName: model.sageMaker.name, InstanceType: 'ml.m5.large', InitialInstanceCount: 1, ...one_ })) }
    one.metaData = { tags: [], custom: {}, ...body.metaData, name: body.metaData?.name ?? `${model.modelMetaData.name}-20261125_1900` }
  }
  if (collection === 'jobs') {
    if (body.targetEngine?.engineType === 'SAGEMAKER_RUNTIME') return createInSageMaker(one, body)
    const snapshot = world.deployableModels.find((entry) => entry.id === body.model?.id)
    Object.assign(one, { jobStatus: 'CREATED', jobMessages: [], model: snapshot ? { id: snapshot.id, metaData: snapshot.metaData, storedModel: snapshot.storedModel } : body.model, targetEngine: wanted(body.targetEngine) })
  }
  if (collection === 'users' && world.users.some((user) => user.username === body.username)) throw fail(409, 'ALREADY_EXISTS', `There is a user ${body.username} already.`)
  if (collection === 'clients') one.clientSecret = 'sws_2cG7nTq9xV4mB1'
  delete one.password
  world[collection].push({ ...one, clientSecret: undefined })
  emit(types[collection], one.id, 'created')
  return { status: 201, body: one, etag: one.version }
}

/** By its id; one that is named and not there may enrol later, under an id of its own. */
function wanted(engine) {
  const there = world.runtimes.find((entry) => entry.id === engine?.id)
  return { ...(engine?.name && { id: `0198f2a0-0000-7000-8000-${'9'.repeat(12)}` }), ...engine, name: there?.name ?? engine?.name }
}

/** A job in SageMaker: what is missing is filled from the usual; an instance type that AWS has not is refused at its place. */
function createInSageMaker(one, body) {
  const model = find('storedModels', body.model.storedModel?.id ?? find('deployableModels', body.model.id).storedModel.id)
  const training = body.jobType === 'MODEL_BATCH_TRAINING_JOB'
  const type = (training ? body.jobParameters.ResourceConfig : body.jobParameters.TransformResources)?.InstanceType
  if (type === 'ml.none.large') throw fail(400, 'INVALID', '/jobParameters/TransformResources/InstanceType: must be an instance type such as ml.m5.large.', [{ pointer: '/jobParameters/TransformResources/InstanceType', expected: 'an instance type such as ml.m5.large', got: 'ml.none.large' }])
  const name = `${model.sageMaker.name}-${training ? 'r' : 't'}-${one.id.slice(-6)}`
  const made = { ...one, jobStatus: 'CREATED', jobMessages: [], model: { storedModel: { id: model.id, modelMetaData: { name: model.modelMetaData.name } } }, sageMaker: { kind: training ? 'TRAINING_JOB' : 'TRANSFORM_JOB', name, status: 'Planned', region: model.sageMaker.region, account: model.sageMaker.account } }
  world.jobs.push(made)
  emit('Job', made.id, 'created')
  return { status: 201, body: made, etag: made.version }
}

/** What a job in SageMaker wrote into S3. */
function outputsOf(job) {
  const places = (job.outputData ?? []).map((one) => one.fileUrl).filter((url) => url?.startsWith('s3://'))
  const objects = places.map((url) => `${url.replace(/\/$/, '')}/part-0.out`).map((url) => ({ key: url.split('/').slice(3).join('/'), url, size: 20_480, lastModified: job.lastModifiedDate }))
  return { places, objects, problems: [] }
}

function listed(collection, who) {
  if (collection === 'storedModels') return world[collection].map((one) => withSummary(one, world))
  return collection === 'notifications' ? world[collection].map(asReadBy(who)) : world[collection]
}

function registry(request, path, query, body, who) {
  const [collection, id, sub, part] = path.split('/')
  if (!types[collection]) throw fail(404, 'NOT_FOUND', 'There is no such address.')
  if (!id) return request.method === 'POST' ? create(collection, body, who) : { body: page(listed(collection, who), query, collection, request.url) }
  if (id === 'search') {
    const wanted = query.get('storedModelId') ?? query.get('deployableModelId') ?? query.get('name')
    const fits = query.has('storedModelId') ? (o) => storedModelOf(o) === wanted : query.has('deployableModelId') ? (o) => o.deployableModel?.id === wanted : (o) => (o.modelMetaData?.name ?? o.name) === wanted
    return { body: page(world[collection].filter(fits), query, collection, request.url) }
  }
  const one = find(collection, id)
  if (sub === 'why') return collection === 'jobs' ? { body: whyJob(one) } : whyNot(one, fail)
  if (sub === 'outputs') return { body: outputsOf(one) }
  if (sub === 'lifecycle') return startAnew(one, body.reason, who, emit)
  if (sub === 'retry') return create(collection, retried(one), who)
  if (['approve', 'reject', 'recheck'].includes(sub)) {
    const answer = decide(one, sub, body, { world, who, fail, find })
    emit('Notification', id, 'changed')
    return answer
  }
  if (sub === 'reassign') {
    if (!body.force) throw fail(409, 'ATTEMPT_RECORDED', `Instance ${one.owner} recorded a launch of this job, which may still run.`)
    delete one.owner
    one.jobStatus = 'CREATED'
    emit('Job', id, 'changed')
    return { body: one, etag: one.version }
  }
  if (request.method === 'GET' && !sub) return { body: collection === 'notifications' ? asReadBy(who)(one) : one, etag: one.version }
  checkVersion(request, one)
  if (sub === 'cancel') merge(one, one.jobStatus === 'CREATED' ? { jobStatus: 'CANCELLED', jobEndTime: Date.now() } : { cancelRequested: { at: new Date().toISOString(), by: who } })
  else if (sub === 'assets' && request.method === 'POST') one.modelAssets = [...(one.modelAssets ?? []), { assetId: `n${made++}`, ...body }]
  else if (sub === 'assets' && request.method === 'DELETE') one.modelAssets = one.modelAssets.filter((asset) => asset.assetId !== part)
  else if (request.method === 'PATCH') merge(one, body)
  else if (request.method === 'DELETE') {
    if (world.deployedModels.some((d) => storedModelOf(d) === id && d.state === 'DEPLOYED')) throw fail(409, 'DEPLOYED', 'It is deployed. Nothing was deleted. Undeploy it first.')
    world[collection] = world[collection].filter((entry) => entry !== one)
    emit(types[collection], id, 'removed')
    return { status: 204 }
  }
  one.version += 1
  one.lastModifiedBy = who
  one.lastModifiedDate = new Date().toISOString()
  emit(types[collection], id, 'changed')
  return { status: request.method === 'POST' && sub === 'assets' ? 201 : request.method === 'DELETE' ? 204 : 200, body: one, etag: one.version }
}

function sageMaker(request, path, query, body, who) {
  const [collection, id, sub] = path.split('/')
  if (collection === 'credentials') {
    if (!id) return { body: { credentials } }
    const one = credentials.find((entry) => entry.id === id)
    if (!one?.entered) throw fail(409, 'CONFIGURED', 'It stands in the configuration file. Change it there.')
    if (request.method === 'DELETE') credentials = credentials.filter((entry) => entry !== one)
    else Object.assign(one, { region: body.region, lastCheck: { at: new Date().toISOString(), ok: true, account: '123456789012', arn: 'arn:aws:iam::123456789012:user/ana', permissions: [] } })
    return request.method === 'DELETE' ? { status: 204 } : { body: one }
  }
  if (collection === 'models') {
    if (request.method === 'POST' && body.secretAccessKey === 'wrong') throw fail(422, 'AWS_CREDENTIALS', 'AWS refused ListModels: SignatureDoesNotMatch: the signature does not match.', [{ pointer: '/secretAccessKey', expected: 'one that AWS accepts', got: 'SignatureDoesNotMatch' }])
    const q = (query.get('q') ?? '').toLowerCase()
    const models = accountModels.filter((name) => name.includes(q)).map((name, i) => {
      const known = world.storedModels.find((one) => one.modelMetaData.name === name)
      return { name, arn: `arn:aws:sagemaker:us-east-2:123456789012:model/${name}`, creationTime: iso(9000 - i * 700), imported: Boolean(known), ...(known && { storedModelId: known.id }) }
    })
    return { body: { models, region: query.get('region') ?? 'us-east-2', account: '123456789012' } }
  }
  if (collection === 'jobDefaults') {
    const model = find('storedModels', query.get('storedModelId'))
    const resources = { InstanceType: 'ml.m5.large', InstanceCount: 1 }
    const jobParameters = query.get('kind') === 'training'
      ? { AlgorithmSpecification: { TrainingImage: model.sageMaker.containers[0].image, TrainingInputMode: 'File' }, RoleArn: model.sageMaker.executionRoleArn, InputDataConfig: [{ ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://risk-data/${model.sageMaker.name}/train/` } } }], OutputDataConfig: { S3OutputPath: 's3://risk-models/' }, ResourceConfig: { ...resources, VolumeSizeInGB: 30 }, StoppingCondition: { MaxRuntimeInSeconds: 86_400 }, HyperParameters: { eta: '0.1', max_depth: '6' } }
      : { ModelName: model.sageMaker.name, TransformInput: { DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://risk-data/fraud/holdout.csv' } }, ContentType: 'text/csv', SplitType: 'Line' }, TransformOutput: { S3OutputPath: 's3://risk-data/scores/{job}/', Accept: 'text/csv' }, TransformResources: resources }
    return { body: { storedModelId: model.id, kind: query.get('kind') === 'training' ? 'TRAINING_JOB' : 'TRANSFORM_JOB', jobParameters } }
  }
  if (collection === 'imports' && request.method === 'POST') {
    if (body.credentials?.secretAccessKey === 'wrong') throw fail(422, 'AWS_REFUSED', 'AWS refused DescribeModel: SignatureDoesNotMatch: the signature does not match. Check the access key and its secret. Nothing was imported.', [{ pointer: '/credentials/secretAccessKey', expected: 'one that AWS accepts', got: 'SignatureDoesNotMatch' }])
    if (!accountModels.includes(body.modelName)) throw fail(404, 'NOT_FOUND', `The account has no model ${body.modelName} in this region. Nothing was imported.`)
    const operation = startImport(body, world, who, emit)
    operations.unshift(operation)
    return { status: 202, body: operation }
  }
  if (collection === 'sync') return request.method === 'POST' ? syncNow(who) : { body: { accounts } }
  if (collection === 'deployments') return deployments(request.method, id, sub, body, { world, who, emit, operations, fail, find })
  if (!id) return { body: page(operations.filter((one) => [null, one.state].includes(query.get('state'))), query, 'operations', request.url) }
  const operation = operations.find((one) => one.id === id)
  if (!operation) throw fail(404, 'NOT_FOUND', 'There is no such operation.')
  if (sub === 'cancel') operation.cancelRequested = true
  return { status: sub === 'cancel' ? 202 : 200, body: operation }
}

const calls = { total: 4, retried: 0, throttled: 0, saved: 212, byOperation: { ListModels: 1, ListEndpoints: 1, ListEndpointConfigs: 1, ListTransformJobs: 1 } }
const accounts = [
  { account: '123456789012', region: 'us-east-2', state: 'IDLE', lastStarted: iso(0.6), lastFinished: iso(0.6), lastSucceeded: iso(0.6), next: iso(-0.4), intervalSeconds: 59, moving: true, throttled: false, models: 6, written: 0, awsCalls: calls, problems: [] },
  { account: '210987654321', region: 'eu-central-1', state: 'IDLE', lastStarted: iso(1.5), lastFinished: iso(1.5), lastSucceeded: iso(26), next: iso(-0.2), intervalSeconds: 60, moving: false, throttled: false, models: 1, written: 0, awsCalls: calls, problems: [{ operation: 'ListEndpoints', code: 'AccessDeniedException', message: 'AWS refused ListEndpoints.', permission: 'sagemaker:ListEndpoints' }] },
]

/** A look at all accounts, over before it is asked for again. */
function syncNow(who) {
  const now = new Date().toISOString()
  for (const one of accounts) Object.assign(one, { lastFinished: now, ...(one.problems.length === 0 && { lastSucceeded: now }) })
  const operation = { id: uuid(made++), group: 'risk', createdBy: who, kind: 'SYNC', state: 'COMPLETE', stages: accounts.map((one) => ({ name: `${one.account} ${one.region}`, done: 1, total: 1, outcome: 'COMPLETE', note: `${one.models} models, 0 written` })), awsCalls: calls, problems: [], created: now, finished: now }
  operations.unshift(operation)
  emit('Operation', operation.id, 'changed')
  return { status: 202, body: operation }
}

function actuator(path) {
  if (path === 'health') return { body: { status: 'UP' } }
  if (path === 'info') return { body: { build: { name: 'slipway', version: '0.1.0', commit: 'f24d4eb', compiler: 'g++ 12.2.0' }, database: 'SQLite 3.40.1', startedAt: iso(700) } }
  return { body: { tasks: tasks() } }
}

function session(request, body) {
  if (request.method === 'POST') {
    const user = world.users.find((one) => one.username === body.username)
    if (!user || body.password !== 'slipway-demo') throw fail(401, 'UNAUTHENTICATED', 'Username and password do not fit together.')
    const token = `s${sessions.size + 1}-${uuid(made++)}`
    sessions.set(token, { username: user.username, groups: user.groups, admin: user.admin, csrfToken: `csrf-${token}` })
    return { body: sessions.get(token), cookie: `slipway_session=${token}; HttpOnly; SameSite=Strict; Path=/` }
  }
  const who = principal(request)
  if (request.method === 'GET') return { body: who }
  sessions.delete(tokenOf(request))
  return { status: 204, cookie: 'slipway_session=; Max-Age=0; Path=/' }
}

const tokenOf = (request) => /slipway_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]

function principal(request) {
  const who = sessions.get(tokenOf(request))
  if (!who) throw fail(401, 'UNAUTHENTICATED', 'Sign in, or send a valid access token.')
  if (request.method !== 'GET' && request.headers['x-csrf-token'] !== who.csrfToken) throw fail(403, 'CSRF', 'The X-CSRF-Token header is missing or old. Reload the page.')
  return who
}

function route(request, url, body) {
  const path = url.pathname
  if (path === '/gocli/session') return session(request, body)
  if (path === '/gocli/login') return { body: { mode: 'builtin', page: false, device: false, password: true } }
  if (path === '/actuator/health') return actuator('health')
  const who = principal(request)
  if (path.startsWith('/model-manage/api/')) return registry(request, path.slice(18), url.searchParams, body, who.username)
  if (path.startsWith('/sagemaker-service/api/')) return sageMaker(request, path.slice(23), url.searchParams, body, who.username)
  if (path.startsWith('/mlc-service/rest/')) return lifecycles(request, path.slice(18), url.searchParams, body, { person: who, emit, fail })
  return actuator(path.slice(10))
}

async function readBody(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  const text = Buffer.concat(parts).toString()
  if (request.headers['content-type']?.startsWith('multipart/')) return text
  return text ? JSON.parse(text) : undefined
}

const mime = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' }

async function serveFile(path, response) {
  const name = path === '/' ? '/index.html' : normalize(path)
  const bytes = await readFile(join(folder, name)).catch(() => undefined)
  response.writeHead(bytes ? 200 : 404, { 'Content-Type': mime[extname(name)] ?? 'application/octet-stream', 'Content-Security-Policy': csp, 'X-Content-Type-Options': 'nosniff' })
  response.end(bytes)
}

createServer(async (request, response) => {
  const url = new URL(request.url, `http://${request.headers.host}`)
  if (!/^\/(gocli|model-manage|sagemaker-service|mlc-service|actuator)\//.test(url.pathname)) return void serveFile(url.pathname, response)
  try {
    if (url.pathname === '/model-manage/api/events') {
      principal(request)
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
      response.write(': hello\n\n')
      streams.add(response)
      const heart = setInterval(() => response.write('event: heartbeat\ndata: {"nextWithin":15000}\n\n'), 15_000)
      return void response.on('close', () => {
        clearInterval(heart)
        streams.delete(response)
      })
    }
    const log = /^\/model-manage\/api\/jobs\/([^/]+)\/logs\/(stdout|stderr)$/.exec(url.pathname)
    if (log) {
      principal(request)
      return void serveLog(find('jobs', log[1]), log[2], url.searchParams, response)
    }
    const answer = route(request, url, await readBody(request))
    const headers = { 'Content-Type': 'application/json', ...(answer.etag !== undefined && { ETag: `"${answer.etag}"` }), ...(answer.cookie && { 'Set-Cookie': answer.cookie }) }
    response.writeHead(answer.status ?? 200, headers)
    response.end(answer.body === undefined || answer.status === 204 ? undefined : JSON.stringify(answer.body))
  } catch (error) {
    const [status, code, detail, errors, more] = error.problem ?? [500, 'INTERNAL', String(error.stack)]
    response.writeHead(status, { 'Content-Type': 'application/problem+json' })
    response.end(JSON.stringify({ type: 'about:blank', title: code, status, detail, message: detail, code, requestId: `req-${seq}`, ...(errors && { errors }), ...more }))
  }
  return undefined
}).listen(port, '127.0.0.1', () => console.log(`mock at http://127.0.0.1:${port}, files from ${folder}`))
