/** Deployments and tickets that move by themselves: a wish needs an approval, a run takes about two seconds and fails where the endpoint's name has `fail` in it. */
import { envelope, facts, uuid } from './data.mjs'

let next = 7000
const runs = new Map()
const now = () => new Date().toISOString()
const kinds = { DEPLOY: ['check', 'configuration', 'endpoint', 'register'], UNDEPLOY: ['endpoint'] }
const bare = ({ id, metaData, storedModel }) => ({ id, metaData, storedModel: { id: storedModel.id, modelMetaData: { name: storedModel.modelMetaData.name } } })

/** Evidence as the server gathers it. */
function evidenceOf(snapshot, body, world) {
  const aws = snapshot.sageMaker
  const assets = world.storedModels.find((one) => one.id === snapshot.storedModel.id)?.modelAssets ?? []
  const look = (name, role) => {
    const found = assets.find((one) => one.assetRole === role)
    return { name, present: Boolean(found), foundIn: found ? 'model' : '', filename: found?.filename ?? '', url: found?.fileUrl ?? '' }
  }
  const made = !aws.arn
  const productionVariants = body.productionVariants ?? aws.productionVariants ?? [{ VariantName: 'AllTraffic', ModelName: snapshot.storedModel.modelMetaData.name, InstanceType: 'ml.m5.large', InitialInstanceCount: 1, InitialVariantWeight: 1 }]
  return {
    model: { id: snapshot.storedModel.id, name: snapshot.storedModel.modelMetaData.name }, snapshot: { id: snapshot.id, name: snapshot.metaData.name },
    configuration: { name: aws.name, made }, account: '123456789012', region: 'us-east-2', ...(aws.consoleUrl && { consoleUrl: aws.consoleUrl }), ...(body.reason && { reason: body.reason }),
    assets: [look('documentation', 'MODEL_DOCUMENTATION'), { name: 'schema', present: Boolean(snapshot.storedModel.modelMetaData.inputSchema), foundIn: '', filename: '', url: '' }, look('training-data', 'TRAINING_DATA'), look('result-comparator', 'TEST_RESULT_COMPARATOR'), look('test-data', 'TEST_DATA')],
    ...((aws.productionVariants?.length ?? 0) > 1 && { siblings: [{ deployableModelId: uuid(101), storedModelId: uuid(2), model: 'fraud-nn', decision: 'APPROVED' }] }),
    subject: { configuration: { ...(aws.arn && { arn: aws.arn }), productionVariants }, account: '123456789012', region: 'us-east-2', ...(body.endpointName && { endpointName: body.endpointName }) },
  }
}

export function ticket(snapshot, body, who, world) {
  const evidence = evidenceOf(snapshot, body, world)
  return {
    ...envelope(next++, 0), createdDate: now(), createdBy: who, notificationType: 'MODEL_APPROVAL_NOTIFICATION', approvalType: 'MODEL_DEPLOYMENT', open: true, severity: 'INFO',
    message: `May the snapshot ${snapshot.metaData.name} be deployed to an endpoint?`, storedModelId: snapshot.storedModel.id, deployableModelId: snapshot.id, requestedBy: who,
    requestedHash: Buffer.from(JSON.stringify(evidence.subject)).toString('hex').slice(-64), evidence, assignment: { assignmentType: 'BUILTIN_NOTIFICATION_ASSIGNMENT', currentStatus: 'OPEN' },
  }
}

/** Tickets that are there from the start: one open, one rejected. */
export function addTickets(world) {
  world.notifications = world.notifications.filter((one) => one.notificationType !== 'MODEL_APPROVAL_NOTIFICATION')
  const [first, , , , generated] = world.deployableModels
  const decided = ticket(generated, { reason: 'trial' }, 'ana', world)
  const asked = { endpointName: 'fraud-xgb-canary', reason: 'Release 12: retrained on October, recall up by two points' }
  world.notifications.push({ ...ticket(first, asked, 'ana', world), processInstanceId: uuid(8001), createdDate: new Date(Date.now() - 3_600_000).toISOString() })
  world.notifications.push({ ...decided, open: false, decision: { decision: 'REJECTED', decidedBy: 'ben', decidedAt: now(), comment: 'No documentation yet.' } })
}

function start(kind, deployed, world, who, emit, operations) {
  const operation = {
    id: uuid(next++), group: deployed.group, createdBy: who, kind, state: 'RUNNING', request: { deployableModelId: deployed.deployableModel.id, endpointName: deployed.engine.name }, storedModelId: deployed.deployableModel.storedModel.id,
    deployedModelId: deployed.id, stages: kinds[kind].map((name) => ({ name, done: 0, total: 1 })), awsCalls: { total: 0, retried: 0, throttled: 0, saved: 0, byOperation: {} }, problems: [], created: now(),
  }
  const run = { operation, transitions: [...(runs.get(deployed.id)?.transitions ?? []), { kind, state: 'PLANNED', at: now() }] }
  runs.set(deployed.id, run)
  operations.unshift(operation)
  const refused = kind === 'DEPLOY' && deployed.engine.name.includes('fail')
  const states = kind === 'DEPLOY' ? ['CONFIG_READY', 'REQUESTED', 'WAITING', refused ? 'FAILED' : 'DEPLOYED'] : ['REQUESTED', 'WAITING', 'UNDEPLOYED']
  let tick = 0
  const timer = setInterval(() => {
    const state = states[tick++]
    run.transitions.push({ kind, state, at: now() })
    run.awsState = kind === 'DEPLOY' ? 'Creating' : 'Deleting'
    operation.awsCalls.total += 2
    operation.stages.slice(0, kind === 'DEPLOY' ? tick : 0).forEach((stage) => (stage.done = 1))
    if (tick === states.length) end(state)
    emit('Operation', operation.id, 'changed')
  }, 500)
  const end = (state) => {
    clearInterval(timer)
    Object.assign(operation, { state: refused ? 'ERROR' : 'COMPLETE', finished: now() })
    run.verdict = state
    delete run.awsState
    if (refused) {
      operation.stages.slice(2).forEach((stage) => (stage.done = 0))
      run.reason = 'The primary container for production variant main did not pass the ping health check. Look at the log of the endpoint in CloudWatch.'
      operation.problems.push({ operation: 'CreateEndpoint', code: 'FAILED', message: run.reason })
    } else operation.stages.forEach((stage) => (stage.done = 1))
    if (state === 'DEPLOYED') deployed.engine.id = runtime(deployed, world)
    Object.assign(deployed, { state, ...(state === 'DEPLOYED' && { deployTime: now() }), ...(state === 'UNDEPLOYED' && { undeployTime: now() }) })
    emit('DeployedModel', deployed.id, 'changed')
  }
  return operation
}

function runtime({ engine: { name } }, world) {
  const made = { ...envelope(next++, 0), name, engineType: 'SAGEMAKER_RUNTIME', state: 'ONLINE', tags: [], sageMaker: facts('ENDPOINT', name, 0, { status: 'InService' }) }
  world.runtimes.push(made)
  return made.id
}

/** `POST …/deployments`, `…/{id}/undeploy`, `GET …/{id}`. @param fail makes a problem. */
export function deployments(method, id, sub, body, { world, who, emit, operations, fail, find }) {
  if (!id) return wish(body, { world, who, emit, operations, fail, find })
  const deployed = find('deployedModels', id)
  if (method === 'GET') {
    const run = runs.get(id)
    return { body: { deployedModel: deployed, transitions: [], ...run } }
  }
  if (sub !== 'undeploy' || !['DEPLOYED', 'FAILED'].includes(deployed.state)) throw fail(409, 'NOT_DEPLOYED', `The deployment is ${deployed.state}: there is nothing to undeploy.`)
  deployed.state = 'UNDEPLOYING'
  return { status: 202, body: start('UNDEPLOY', deployed, world, who, emit, operations) }
}

function wish(body, { world, who, emit, operations, fail, find }) {
  const snapshot = find('deployableModels', body.deployableModelId)
  if (!snapshot.sageMaker) throw fail(422, 'NOT_SAGEMAKER', 'Only snapshots of SageMaker models can be put on an endpoint.')
  const name = body.endpointName ?? `${snapshot.storedModel.modelMetaData.name}-e${(next++).toString(16)}`
  if (world.runtimes.some((one) => one.name === name)) throw fail(409, 'ENDPOINT_EXISTS', `There is an endpoint ${name} already, and this version creates endpoints only. Take another name, or undeploy it first.`)
  const running = operations.find((one) => one.state === 'RUNNING' && one.kind === 'DEPLOY' && one.request.deployableModelId === snapshot.id)
  if (running) throw fail(409, 'ALREADY_RUNNING', `That is being done already: operation ${running.id}.`, undefined, { operation: running })
  const subject = JSON.stringify(evidenceOf(snapshot, body, world).subject)
  const last = world.notifications.filter((one) => one.deployableModelId === snapshot.id && one.evidence && JSON.stringify(one.evidence.subject) === subject).at(-1)
  if (last?.decision?.decision !== 'APPROVED') {
    const waits = last?.open ? last : ticket(snapshot, body, who, world)
    if (waits !== last) world.notifications.push(waits)
    emit('Notification', waits.id, 'created')
    throw fail(403, 'APPROVAL_REQUIRED', 'This needs an approval, which is waited for in the ticket.', undefined, { ticketId: waits.id })
  }
  const deployed = { ...envelope(next++, 0), createdBy: who, state: 'DEPLOYING', deployableModel: bare(snapshot), engine: { name, engineType: 'SAGEMAKER_RUNTIME' } }
  world.deployedModels.push(deployed)
  return { status: 202, body: start('DEPLOY', deployed, world, who, emit, operations) }
}

const notWhoAsked = 'Who asked for it may not decide on it: somebody else must look.'

/** A notification as `who` reads it: an open ticket says whether they may decide. */
export function asReadBy(who) {
  return (one) => {
    if (!one.evidence || one.decision) return one
    const mayDecide = one.requestedBy !== who
    return { ...one, decidedHere: true, mayDecide, ...(!mayDecide && { decisionRefusal: { code: 'FOUR_EYES', message: notWhoAsked } }) }
  }
}

/** `approve`, `reject`, `recheck` of a ticket. Who asked may not decide. */
export function decide(one, verb, body, { world, who, fail, find }) {
  if (one.decision) throw fail(409, 'ALREADY_DECIDED', `${one.decision.decidedBy} decided on ${one.decision.decidedAt}: ${one.decision.decision}.`, undefined, { decision: one.decision })
  if (verb === 'recheck') one.evidence.assets = evidenceOf(find('deployableModels', one.deployableModelId), {}, world).assets
  else if (one.requestedBy === who) throw fail(403, 'FOUR_EYES', notWhoAsked)
  else Object.assign(one, { open: false, decision: { decision: verb === 'approve' ? 'APPROVED' : 'REJECTED', decidedBy: who, decidedAt: now(), ...(body?.comment && { comment: body.comment }) } })
  one.version += 1
  return { body: asReadBy(who)(one), etag: one.version }
}
