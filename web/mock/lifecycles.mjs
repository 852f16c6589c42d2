/** Life cycles as the engine shows them: the shipped one in three runs, of which one is stuck until it is tried again. Files are refused where they have a script. */
import { readFileSync } from 'node:fs'
import { iso, uuid } from './data.mjs'

const camunda = (text) => text.replace('Z', '+0000')
const at = (minutes) => camunda(iso(minutes))
const now = () => camunda(new Date().toISOString())
const key = 'SageMaker_Deploy_Model'
const shipped = readFileSync(new URL('../../lifecycles/sagemaker-deploy-model.bpmn', import.meta.url), 'utf8')
const definition = (n, more) => ({ id: `${more.key}:${more.version}:${n}`, deploymentId: `d${n}`, suspended: false, deployedAt: at(900), deployedBy: 'SYSTEM', tenantId: null, versionTag: null, ...more })
const builtIn = { ...definition(1, { key, version: 1, versionTag: '1.0', name: 'SageMaker deploy model', resource: 'sagemaker-deploy-model.bpmn' }), xml: shipped }
const review = { ...definition(3, { key: 'Model_Review', version: 1, name: 'Model review', resource: 'model-review.bpmn', tenantId: 'risk', deployedBy: 'ana' }), xml: readFileSync(new URL('../../docs/examples/model-review.bpmn', import.meta.url), 'utf8') }
const definitions = [builtIn, review]
const decisions = [{ ...definition(2, { key: 'auc_check', version: 1, name: 'AUC is high enough', resource: 'auc-check.dmn', tenantId: 'risk' }), xml: '<definitions/>' }]
const instances = []
const tasks = []
let made = 100

const visit = (element, name, activityType, from, to, more) => ({ id: `${element}:${made++}`, activityId: element, activityName: name, activityType, startTime: at(from), endTime: to === undefined ? null : at(to), canceled: false, ...more })
const opening = (from) => [visit('Start_Snapshot', 'Snapshot created', 'signalStartEvent', from, from), visit('T_Get', 'Get snapshot and model', 'externalTask', from, from), visit('G_IsSM', null, 'exclusiveGateway', from, from), visit('T_Verify', 'Verify required assets', 'externalTask', from, from - 0.1), visit('G_Served', null, 'exclusiveGateway', from - 0.1, from - 0.1), visit('G_Assets', null, 'exclusiveGateway', from - 0.1, from - 0.1), visit('G_Test', null, 'exclusiveGateway', from - 0.1, from - 0.1)]
const openingFlows = ['f_start', 'f_got', 'f_yes', 'f_verified', 'f_notserved', 'f_go']
const incident = (element, message, from) => ({ id: uuid(made++), activityId: element, incidentType: 'failedJob', incidentMessage: message, incidentTimestamp: at(from), endTime: null, open: true, resolved: false })

function instance(n, snapshot, more) {
  const variables = [['DEPLOYABLE_MODEL_ID', 'String', snapshot], ['SERVED_BY', 'Json', '[]'], ['HAS_TEST_DATA', 'Boolean', true], ['ASSET_REPORT', 'Json', JSON.stringify({ present: ['MODEL_DOCUMENTATION', 'TEST_DATA', 'INPUT_SCHEMA'], missing: ['TRAINING_DATA', 'TEST_RESULT_COMPARATOR'] })]]
  instances.push({
    view: { id: uuid(n), businessKey: snapshot, processDefinitionId: builtIn.id, processDefinitionKey: key, processDefinitionName: 'SageMaker deploy model', processDefinitionVersion: 1, startTime: at(120), endTime: null, durationInMillis: null, startUserId: 'SYSTEM', deleteReason: null, superProcessInstanceId: null, tenantId: 'risk', state: 'ACTIVE', outcome: null, incidents: 0, ...more.view },
    visits: more.visits, flows: more.flows, incidents: more.incidents ?? [], jobs: more.jobs ?? [],
    variables: variables.map(([name, type, value], at_) => ({ id: `${n}:${at_}`, name, type, value, createTime: at(100), state: 'CREATED' })),
  })
}

/** Waiting for an approval, stuck, rejected, and three reviews by people. */
export function addLifecycles(world) {
  const [waiting, , , , rejected] = world.deployableModels
  const stuck = world.deployableModels[2]
  instance(8001, waiting.id, {
    visits: [...opening(120), visit('S_Transform', 'Run test transform job', 'subProcess', 119, 62), visit('Tf_Start', null, 'noneStartEvent', 119, 119), visit('T_TfCreate', 'Create transform job', 'externalTask', 119, 118), visit('R_Tf', 'Wait for the job', 'receiveTask', 118, 63), visit('G_Tf', null, 'exclusiveGateway', 63, 63), visit('T_Result', 'Record test result', 'externalTask', 63, 62), visit('Tf_End', null, 'noneEndEvent', 62, 62), visit('T_Ticket', 'Ask for approval', 'externalTask', 62, 61), visit('R_Decision', 'Wait for the decision', 'receiveTask', 61)],
    flows: [...openingFlows, 'f_test', 'f_tf1', 'f_tf2', 'f_tf3', 'f_tfok', 'f_tf4', 'f_tested', 'f_asked'],
    jobs: [{ id: uuid(8101), processInstanceId: uuid(8001), jobType: 'timer', activityId: 'B_Expire', retries: 3, exceptionMessage: null, dueDate: at(-10_000) }],
  })
  const why = 'AWS refused CreateTransformJob: User arn:aws:iam::123456789012:user/slipway is not authorized to perform sagemaker:CreateTransformJob. Add this permission to its policy.'
  instance(8002, stuck.id, {
    view: { startTime: at(45), incidents: 1 },
    visits: [...opening(45), visit('S_Transform', 'Run test transform job', 'subProcess', 44), visit('Tf_Start', null, 'noneStartEvent', 44, 44), visit('T_TfCreate', 'Create transform job', 'externalTask', 44)],
    flows: [...openingFlows, 'f_test', 'f_tf1'], incidents: [incident('T_TfCreate', why, 30)],
  })
  instance(8003, rejected.id, {
    view: { startTime: at(600), endTime: at(300), durationInMillis: 18_000_000, state: 'COMPLETED', outcome: 'REJECTED' },
    visits: [...opening(600), visit('T_Ticket', 'Ask for approval', 'externalTask', 600, 599), visit('R_Decision', 'Wait for the decision', 'receiveTask', 599, 301), visit('G_Decision', null, 'exclusiveGateway', 301, 301), visit('T_Reject', 'Record the rejection', 'externalTask', 301, 300), visit('E_Rejected', 'Rejected', 'noneEndEvent', 300, 300)],
    flows: [...openingFlows, 'f_notest', 'f_asked', 'f_decided', 'f_rejected', 'f_recorded'],
  })
  addReview(8004, 'review-2026-11', {})
  addReview(8005, 'review-2026-10', { assignee: 'ana', due: at(3_000) })
  addReview(8006, 'review-2026-09', { assignee: 'bob', due: null })
}

/** Asks for a review, of the group or of one person. */
function addReview(n, about, task) {
  instance(n, about, {
    view: { processDefinitionId: review.id, processDefinitionKey: review.key, processDefinitionName: review.name, startTime: at(4_000), startUserId: 'ana', openTasks: 1 },
    visits: [visit('Start', 'Review is asked for', 'noneStartEvent', 4_000, 4_000), visit('Review', 'Review the model', 'userTask', 4_000)], flows: ['F_Start'],
  })
  tasks.push({ id: `${uuid(n)}:2`, name: 'Review the model', assignee: null, candidateUsers: [], candidateGroups: ['risk'], created: at(4_000), due: at(-2_000), followUp: null, priority: 50, formKey: null, taskDefinitionKey: 'Review', processInstanceId: uuid(n), processDefinitionId: review.id, processDefinitionKey: review.key, tenantId: 'risk', description: 'Read the documentation of the model, look at the results of its test, and say whether it may be used.', ...task })
}

/** What of them a person may work on without being asked otherwise. */
const isMine = ({ username, groups }) => (task) => (task.assignee ? task.assignee === username : task.candidateGroups.length + task.candidateUsers.length === 0 || task.candidateUsers.includes(username) || task.candidateGroups.some((group) => groups.includes(group)))

function people(request, id, verb, query, text, { person, emit, fail }) {
  const shown = tasks.filter((task) => (!query.has('processInstanceId') || task.processInstanceId === query.get('processInstanceId')) && (query.get('mine') !== 'true' || isMine(person)(task)))
  if (!id) return { body: window(shown, query) }
  if (id === 'count') return { body: { count: shown.length } }
  const task = tasks.find((one) => one.id === id)
  if (!task) throw fail(404, 'NOT_FOUND', `There is no task ${id}, or you may not see it.`)
  const run = instances.find(({ view }) => view.id === task.processInstanceId)
  if (verb === 'variables') return { body: Object.fromEntries(run.variables.map(({ name, type, value }) => [name, { type, value, valueInfo: {} }])) }
  if (!verb) return { body: task }
  if (!person.admin && task.assignee && task.assignee !== person.username) throw fail(409, 'CLAIMED', `The task ${task.name} is ${task.assignee}'s.`)
  if (verb === 'claim' || verb === 'unclaim') task.assignee = verb === 'claim' ? (text?.userId ?? person.username) : null
  if (verb === 'complete') goOn(run, task, text?.variables ?? {})
  tell(run, emit)
  return { status: 204 }
}

function goOn(run, task, variables) {
  tasks.splice(tasks.indexOf(task), 1)
  const given = { ...variables, OUTCOME: { type: 'String', value: variables.approved?.value ? 'APPROVED' : 'REJECTED' } }
  for (const [name, { type, value }] of Object.entries(given)) run.variables.push({ id: `${run.view.id}:${name}`, name, type: type ?? 'String', value, createTime: now(), state: 'CREATED' })
  run.visits.at(-1).endTime = now()
  for (const [element, name, type] of [['Approved', 'Usable?', 'exclusiveGateway'], variables.approved?.value ? ['Usable', 'May be used', 'noneEndEvent'] : ['Unusable', 'May not be used', 'noneEndEvent']]) run.visits.push({ ...visit(element, name, type, 0, 0), startTime: now(), endTime: now() })
  run.flows.push('F_Reviewed', variables.approved?.value ? 'F_Yes' : 'F_No')
  Object.assign(run.view, { state: 'COMPLETED', endTime: now(), durationInMillis: 4_000 * 60_000, outcome: given.OUTCOME.value, openTasks: 0 })
}

const plain = ({ xml, ...view }) => view
const tell = (one, emit) => emit('ProcessInstance', one.view.id, 'changed')

/** The retry succeeds: it goes on to the job, and waits for it. */
function tryAgain(id, emit, fail) {
  const one = instances.find(({ incidents }) => incidents.some((incident_) => incident_.id === id && incident_.open))
  if (!one) throw fail(404, 'NOT_FOUND', 'There is no such incident, or it is resolved.')
  Object.assign(one.incidents.find((incident_) => incident_.id === id), { open: false, resolved: true, endTime: now() })
  one.visits.find((visit_) => visit_.activityId === 'T_TfCreate').endTime = now()
  one.visits.push({ ...visit('R_Tf', 'Wait for the job', 'receiveTask', 0), startTime: now() })
  one.flows.push('f_tf2')
  one.view.incidents = 0
  tell(one, emit)
  return { status: 204 }
}

function end(one, reason, emit) {
  one.visits.filter((visit_) => !visit_.endTime).forEach((visit_) => Object.assign(visit_, { endTime: now(), canceled: true }))
  one.incidents.forEach((incident_) => Object.assign(incident_, { open: false }))
  Object.assign(one.view, { state: 'EXTERNALLY_TERMINATED', endTime: now(), deleteReason: reason, incidents: 0 })
  tell(one, emit)
}

/** What stands in a form of files: enough of RFC 7578 for a browser's. */
function parts(request, text) {
  const boundary = /boundary=(.+)$/.exec(request.headers['content-type'])?.[1]
  return text.split(`--${boundary}`).slice(1, -1).map((part) => {
    const [head, ...body] = part.split('\r\n\r\n')
    return { name: /name="([^"]*)"/.exec(head)[1], filename: /filename="([^"]*)"/.exec(head)?.[1], content: body.join('\r\n\r\n').replace(/\r\n$/, '') }
  })
}

function deploy(request, text, who, fail) {
  const all = parts(request, text)
  const [file] = all.filter((part) => part.filename)
  if (!file) throw fail(400, 'INVALID', 'data: must be at least one file, such as a .bpmn.')
  const faults = [...file.content.matchAll(/<(?:bpmn:)?scriptTask[^>]*id="([^"]+)"/g)].map(([, id]) => ({ pointer: id, expected: 'an external task (camunda:type="external") with a topic', got: 'line 12, SCRIPT_TASK: a script of Groovy runs in Java' }))
  if (faults.length > 0) throw fail(400, 'BPMN', `The file cannot run here, for ${faults.length} reason.`, faults)
  const named = /<(?:bpmn:)?process[^>]*id="([^"]+)"(?:[^>]*name="([^"]+)")?/.exec(file.content)
  if (!named) throw fail(400, 'BPMN', 'The file holds no process.')
  const there = definitions.find((one) => one.key === named[1])
  const existing = there?.xml === file.content
  const one = existing ? there : { ...definition(made++, { key: named[1], version: (there?.version ?? 0) + 1, name: named[2] ?? null, resource: file.filename, tenantId: all.find((part) => part.name === 'tenant-id')?.content ?? null }), deployedAt: now(), deployedBy: who, xml: file.content }
  if (!existing) definitions.unshift(one)
  const remarks = file.content.includes('camunda:asyncBefore') ? [{ resource: file.filename, elementId: null, rule: 'ASYNC', message: 'asyncBefore and asyncAfter are kept, but change nothing: every step is its own transaction here.', line: 1 }] : []
  return { body: { id: one.deploymentId, name: file.filename, source: 'page', deployedProcessDefinitions: { [one.id]: plain(one) }, deployedDecisionDefinitions: null, remarks, existing } }
}

function history(query) {
  const fits = ({ view }) => (!query.has('processDefinitionKey') || view.processDefinitionKey === query.get('processDefinitionKey')) && (!query.has('processInstanceBusinessKey') || view.businessKey === query.get('processInstanceBusinessKey')) && (!query.has('unfinished') || view.state === 'ACTIVE') && (!query.has('finished') || view.state !== 'ACTIVE') && (!query.has('withIncidents') || view.incidents > 0)
  return instances.filter(fits).map(({ view }) => view).sort((a, b) => b.startTime.localeCompare(a.startTime))
}

const window = (all, query) => all.slice(Number(query.get('firstResult') ?? 0)).slice(0, Number(query.get('maxResults') ?? 1000))

/** `/mlc-service/rest/…`. @param text of a form, else nothing. */
export function lifecycles(request, path, query, text, { person, emit, fail }) {
  const who = person.username
  const [kind, id, sub] = path.split('/').map(decodeURIComponent)
  const one = (wanted) => {
    const found = instances.find(({ view }) => view.id === wanted)
    if (!found) throw fail(404, 'NOT_FOUND', `There is no process instance ${wanted}, or you may not see it.`)
    return found
  }
  if (path === 'deployment/create') return deploy(request, text, who, fail)
  if (kind === 'deployment') return { body: [...definitions, ...decisions].find((entry) => entry.deploymentId === id)?.xml }
  if (kind === 'decision-definition') return { body: decisions.map(plain) }
  if (kind === 'process-definition') {
    if (!id) return { body: query.has('latestVersion') ? definitions.filter((entry, i) => definitions.findIndex(({ key: other }) => other === entry.key) === i).map(plain) : definitions.filter((entry) => entry.key === query.get('key')).map(plain) }
    const found = definitions.find((entry) => entry.id === id)
    if (!found) throw fail(404, 'NOT_FOUND', `There is no definition ${id}, or you may not see it.`)
    return { body: sub === 'xml' ? { id, bpmn20Xml: found.xml } : plain(found) }
  }
  if (path === 'process-instance/count') return { body: { count: instances.filter(({ view }) => view.state === 'ACTIVE' && view.processDefinitionKey === query.get('processDefinitionKey') && (!query.has('withIncident') || view.incidents > 0)).length } }
  if (kind === 'process-instance' && request.method === 'DELETE') return end(one(id), query.get('reason') || `deleted by ${who}`, emit), { status: 204 }
  if (path === 'history/process-instance') return { body: window(history(query), query) }
  if (path === 'history/process-instance/count') return { body: { count: history(query).length } }
  if (path.startsWith('history/process-instance/')) return { body: path.endsWith('/flows') ? one(sub).flows : one(sub).view }
  if (path === 'history/activity-instance') return { body: one(query.get('processInstanceId')).visits }
  if (path === 'history/variable-instance') return { body: one(query.get('processInstanceId')).variables }
  if (path === 'history/incident') return { body: one(query.get('processInstanceId')).incidents }
  if (kind === 'job') return { body: one(query.get('processInstanceId')).jobs }
  if (kind === 'task') return people(request, id, sub, query, text, { person, emit, fail })
  if (kind === 'incident' && sub === 'retry') return tryAgain(id, emit, fail)
  throw fail(404, 'NOT_FOUND', 'There is no such address.')
}

/** `POST …/deployableModels/{id}/lifecycle`. */
export function startAnew(snapshot, reason, who, emit) {
  const before = instances.find(({ view }) => view.businessKey === snapshot.id && view.state === 'ACTIVE')
  if (before) end(before, reason, emit)
  const n = made++
  instance(n, snapshot.id, { view: { startTime: now(), startUserId: who }, visits: [...opening(0), visit('T_Ticket', 'Ask for approval', 'externalTask', 0)], flows: [...openingFlows, 'f_notest'] })
  emit('ProcessInstance', uuid(n), 'created')
  return { status: 201, body: { processInstanceId: uuid(n), deployableModelId: snapshot.id } }
}

/** `GET …/deployableModels/{id}/why`: of what waits for an approval, and of what is stuck. */
export function whyNot(snapshot, fail) {
  const last = history(new URLSearchParams({ processInstanceBusinessKey: snapshot.id }))[0]
  if (last?.state !== 'ACTIVE') throw fail(404, 'NOT_FOUND', 'There is no such address.')
  const steps = last.incidents > 0
    ? { answer: 'Its life cycle is stuck at “Create transform job”.', facts: [{ code: 'INCIDENT', message: 'AWS refused CreateTransformJob.', since: iso(30) }], next: [{ message: 'Open the life cycle and try again', cli: `slipway lifecycle retry ${last.id}`, href: `#/instances/${last.id}` }] }
    : { answer: 'It waits for an approval.', facts: [{ code: 'TICKET_OPEN', message: 'A ticket asks for its approval.', since: iso(61) }, { code: 'ASSETS_MISSING', message: 'Training data and a comparator are missing, which does not hold it up.' }], next: [{ message: 'Open the ticket', cli: 'slipway ticket list', href: '#/tickets' }] }
  return { body: { id: snapshot.id, kind: 'deployableModel', question: 'Why is it not deployed?', ...steps } }
}
