/** Imports that move by themselves: six stages in about three seconds, with a permission missing for one model. */
import { envelope, facts, uuid } from './data.mjs'

const plan = [['model', 1], ['tags', 1], ['trainingJobs', 40], ['transformJobs', 120], ['endpointConfigurations', 12], ['endpoints', 5]]
let next = 5000

export function startImport(body, world, who, emit) {
  const refused = body.modelName === 'no-tags-permission'
  const operation = {
    id: uuid(next++), group: body.group ?? 'risk', createdBy: who, kind: 'IMPORT', state: 'RUNNING', request: { modelName: body.modelName, region: body.region ?? 'us-east-2' },
    stages: plan.map(([name]) => ({ name, done: 0, skipped: 0 })), awsCalls: { total: 0, retried: 0, throttled: 0, saved: 0, byOperation: {} }, etaSeconds: 3, problems: sealed(body), created: new Date().toISOString(),
  }
  let tick = 0
  const timer = setInterval(() => {
    tick += 1
    if (operation.cancelRequested) finish('CANCELLED')
    else if (tick > 24) finish('COMPLETE')
    else step()
    emit('Operation', operation.id, 'changed')
  }, 125)
  const finish = (state) => {
    clearInterval(timer)
    operation.state = state
    operation.finished = new Date().toISOString()
    delete operation.etaSeconds
  }
  const step = () => {
    const at = Math.min(5, Math.floor((tick - 1) / 4))
    const [name, total] = plan[at]
    const part = ((tick - 1) % 4) + 1
    const stage = operation.stages[at]
    operation.etaSeconds = Math.ceil((24 - tick) / 8)
    operation.awsCalls.total += 3
    operation.awsCalls.saved += at > 2 ? 11 : 0
    operation.awsCalls.throttled += tick === 11 ? 2 : 0
    operation.awsCalls.byOperation[`Describe${name}`] = (operation.awsCalls.byOperation[`Describe${name}`] ?? 0) + 3
    if (refused && name === 'tags') {
      stage.note = 'refused: the permission sagemaker:ListTags is missing'
      stage.outcome = 'REFUSED'
      if (!operation.problems.some((one) => one.permission)) operation.problems.push({ operation: 'ListTags', code: 'AccessDeniedException', message: 'User slipway is not authorized to perform: sagemaker:ListTags', permission: 'sagemaker:ListTags', requestId: '6f5e4d3c-0000-4000-8000-000000000001' })
      return
    }
    stage.total = total
    stage.done = Math.min(total, Math.ceil((total * part) / 4))
    if (stage.done === total) stage.outcome = 'COMPLETE'
    if (at === 0 && !operation.storedModelId) operation.storedModelId = model(body, world, who, emit)
  }
  return operation
}

/** As the server tells of secrets that stood in the request. */
const sealed = (body) => (JSON.stringify(body.assets ?? []).match(/\w+:\/\/\w+:\w+@/) ? [{ code: 'SECRET_SEALED', message: 'The password in the address of /assets/0/fileUrl was sealed and replaced by a reference.' }] : [])

function model(body, world, who, emit) {
  const known = world.storedModels.find((one) => one.modelMetaData.name === body.modelName)
  if (known) return known.id
  const made = {
    ...envelope(next++, 0), group: body.group ?? 'risk', createdBy: who,
    modelMetaData: { name: body.modelName, type: 'SAGEMAKER', tags: [], custom: {} },
    modelAssets: (body.assets ?? []).map((asset, i) => ({ assetId: `n${i}`, ...asset })),
    sageMaker: facts('MODEL', body.modelName, 1, { trainingJobs: [], containers: [] }),
  }
  world.storedModels.push(made)
  emit('StoredModel', made.id, 'created')
  return made.id
}
