/** A Spark runtime and its jobs: one that grows its log while it is watched, one that failed, one that measured. */
import { envelope, iso, uuid } from './data.mjs'

const traceback = [
  '2026/11/25 11:55:16 application app-20261125115516-0007',
  'Traceback (most recent call last):',
  '  File "titanic.py", line 41, in score',
  '    return model.transform(frame)',
  'ValueError: Input contains NaN in column age',
  '2026/11/25 11:57:30 temporary files removed',
]

const lines = (count, from = 0) => Array.from({ length: count }, (_, i) => `26/11/25 11:55:${String((from + i) % 60).padStart(2, '0')} INFO TaskSetManager: Finished task ${from + i}.0 in stage 0.0 (${from + i + 1}/400)\n`).join('')

export const roc = {
  auc: 0.8734, accuracy: 0.812, rows: 418,
  roc_curve: { title: 'ROC', x_axis_label: 'False positive rate', y_axis_label: 'True positive rate', data: { model: [[0, 0], [0.05, 0.42], [0.1, 0.61], [0.2, 0.78], [0.4, 0.91], [0.7, 0.98], [1, 1]], chance: [[0, 0], [1, 1]] } },
  feature_drift: { title: 'Drift by feature', x_axis_label: 'feature', y_axis_label: 'PSI', categories: ['age', 'fare', 'sex', 'pclass', 'embarked'], data: { october: [0.04, 0.11, 0.01, 0.02, 0.03], november: [0.06, 0.24, 0.01, 0.02, 0.05] } },
  weights: { title: 'Weights', x_axis_label: 'feature', y_axis_label: 'weight', categories: ['age', 'fare', 'sex', 'pclass'], rotated: true, data: { weight: [-0.31, 0.12, 0.84, -0.47] } },
  bias: [{ attribute: 'sex', group: 'female', disparity: 1.04 }, { attribute: 'sex', group: 'male', disparity: 0.93 }, { attribute: 'sex', group: 'unknown', disparity: null }],
  lift: null, // what the model measured as NaN
  loss: { title: 'Loss by epoch', x_axis_label: 'epoch', y_axis_label: 'loss', data: { train: [[1, 0.71], [2, 0.52], [3, null], [4, 0.41], [5, null], [6, 0.36], [7, 0.34]], holdout: [[1, 0.74], [2, 0.6], [3, 0.55], [4, 0.52], [5, 0.51], [6, 0.51], [7, 0.52]] } },
}

/** Adds to the world what Spark needs. */
export function addSpark(world) {
  const model = world.storedModels.find((one) => one.modelMetaData.name === 'titanic-spark')
  const runtime = world.runtimes.find((one) => one.engineType === 'SPARK_RUNTIME')
  Object.assign(runtime, {
    state: 'ONLINE', instanceId: '7d1f5c0e-8f7a-4a35-9a1c-0c2f3d4e5f60', executorMemory: '512m', sparkConf: { '--master': 'spark://edge-1:7077', 'spark.executorEnv.SPARK_LOCAL_IP': '10.0.0.7', 'spark.driver.extraJavaOptions': '-Duser.timezone=UTC' },
    cluster: { manager: 'standalone', master: 'spark://edge-1:7077', deployMode: 'client', status: 'ALIVE', aliveworkers: 2, cores: 8, coresused: 1, memory: 13824, memoryused: 512, activeApplications: 1 },
  })
  Object.defineProperty(runtime, 'lastContact', { enumerable: true, get: () => new Date().toISOString() })
  world.runtimes.push({ ...envelope(211, 900), name: 'spark-runtime-2', engineType: 'SPARK_RUNTIME', state: 'OFFLINE', tags: [], lastContact: iso(0.2), stateReason: 'The ResourceManager at yarn-1:8088 refuses connections.', cluster: { manager: 'yarn', master: 'yarn', deployMode: 'cluster', alive: false } })
  const snapshot = {
    ...envelope(150, 180, { group: 'crm' }), storedModel: { id: model.id, modelMetaData: model.modelMetaData, modelAssets: [{ assetRole: 'TEST_DATA', assetType: 'EXTERNAL_FILE', name: 'test.csv', fileUrl: 'hdfs:///demo/test.csv' }] },
    metaData: { name: 'titanic-20261125_0900', description: 'As trained in November', tags: ['demo'], custom: {} }, targetRuntimes: [{ id: runtime.id, engineType: 'SPARK_RUNTIME', name: runtime.name }],
  }
  world.deployableModels.push(snapshot)
  const of = { id: snapshot.id, metaData: snapshot.metaData, storedModel: { id: model.id, modelMetaData: { name: 'titanic-spark' } } }
  const jobs = [job(500, 'MODEL_BATCH_JOB', 'RUNNING', of, runtime), job(501, 'MODEL_BATCH_JOB', 'ERROR', of, runtime), job(502, 'MODEL_BATCH_TEST_JOB', 'COMPLETE', of, runtime), job(503, 'MODEL_BATCH_TRAINING_JOB', 'WAITING', of, runtime)]
  const gone = { ...envelope(212, 2000), name: 'spark-runtime-3', engineType: 'SPARK_RUNTIME', state: 'REMOVED', tags: [], instanceId: '00000000-0000-4000-8000-000000000003', lastContact: iso(30), stateReason: 'It was stopped.' }
  world.runtimes.push(gone)
  jobs.push(job(504, 'MODEL_BATCH_JOB', 'RUNNING', of, gone))
  const refused = job(505, 'MODEL_BATCH_JOB', 'ERROR', of, runtime)
  const page = 'http://resourcemanager-1.example.com:8088/cluster/app/application_1795633200000_0014'
  jobs.push(Object.assign(refused, { jobMessages: [], statusReason: `Failed after 8.0 s: The cluster says FAILED/FAILED: AM Container for appattempt_1795633200000_0014_000001 exited with exitCode: 137; see ${page}` }))
  world.jobs.push(...jobs)
  world.modelTestResults = [{ ...envelope(950, 5, { group: 'crm' }), storedModelId: model.id, deployableModelId: snapshot.id, jobId: jobs[2].id, testResults: roc }]
  for (const one of jobs) world.auditRecords.push({ ...envelope(960 + one.version, 30), createdDate: new Date(Date.parse(one.createdDate) + 1_500).toISOString(), createdBy: 'client:edge', entityType: 'Job', entityId: one.id, changes: [{ op: 'add', path: '/owner', value: runtime.instanceId }] })
}

function job(n, jobType, jobStatus, model, runtime) {
  const created = Date.now() - (n - 490) * 60_000
  const ended = ['COMPLETE', 'ERROR'].includes(jobStatus)
  const file = (name, fileUrl, fileSize) => ({ assetType: 'EXTERNAL_FILE', name, filename: name, fileFormat: 'CSV', fileUrl, ...(fileSize && { fileSize }) })
  return {
    ...envelope(n, 0, { group: 'crm' }), createdDate: new Date(created).toISOString(), lastModifiedDate: new Date(created + 20_000).toISOString(), jobType, jobStatus, model, owner: runtime.instanceId,
    targetEngine: { id: runtime.id, engineType: 'SPARK_RUNTIME', name: runtime.name },
    inputData: [file('test.csv', 'hdfs:///demo/test.csv', 28_629), file('notes.txt', 'https://data.example.com/notes.txt', 512)], outputData: [file('out.csv', 'hdfs:///demo/out.csv', ended ? 4_812 : undefined)],
    jobParameters: { '--executor-memory': '512MB', '-v': '' }, jobWaitTime: created + 4_000,
    jobMessages: jobStatus === 'ERROR' ? traceback : ['2026/11/25 11:55:16 application app-20261125115516-0007'],
    ...(jobStatus !== 'WAITING' && { jobRunTime: created + 16_000 }), ...(ended && { jobEndTime: created + 150_000, jobDuration: 134_000 }),
    sparkApplication: { id: 'app-20261125115516-0007', attemptId: '1', tag: `slipway-${n}`, master: 'spark://edge-1:7077', deployMode: 'client', trackingUrl: 'http://edge-1:4040' },
    effectiveCommand: ['/opt/spark/bin/spark-submit', '--master', 'spark://edge-1:7077', '--name', 'slipway titanic', '--executor-memory', '512MB', '-v', '--conf', 'spark.cores.max=1', 'driver.py', '/var/lib/slipway/jobs/7/job.json'],
  }
}

/** When somebody first looked at the log that grows. */
let watched

function logOf(job, stream) {
  if (stream === 'stderr') return job.jobStatus === 'ERROR' ? `${traceback.slice(1, 5).join('\n')}\n` : ''
  if (job.jobStatus === 'CREATED') return ''
  if (job.jobStatus !== 'RUNNING') return lines(60)
  watched ??= Date.now()
  return lines(60 + Math.min(12, Math.floor((Date.now() - watched) / 500)))
}

/** Answers a log; with `follow` it waits for more, a moment at most. */
export function serveLog(job, stream, query, response, tries = 8) {
  const bytes = Buffer.from(logOf(job, stream))
  const from = query.has('tail') ? Math.max(0, bytes.length - Number(query.get('tail'))) : Number(query.get('offset') ?? 0)
  if (query.get('follow') === 'true' && job.jobStatus === 'RUNNING' && from >= bytes.length && tries > 0) return void setTimeout(() => serveLog(job, stream, query, response, tries - 1), 250)
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Offset': from, 'X-Next-Offset': bytes.length, 'X-Log-Size': bytes.length, 'X-Job-Ended': String(job.jobStatus !== 'RUNNING'), 'X-Truncated': 'false' })
  response.end(bytes.subarray(from))
}

/** The same document once more. */
export function retried(job) {
  const { sparkApplication: _a, effectiveCommand: _b, jobWaitTime: _c, jobRunTime: _d, jobEndTime: _e, jobDuration: _f, owner: _g, id, ...rest } = job
  return { ...rest, jobStatus: 'CREATED', jobMessages: [], retryOf: id }
}

export const sparkIds = { running: uuid(500), failed: uuid(501), measured: uuid(502), waiting: uuid(503), snapshot: uuid(150), runtime: uuid(210), offline: uuid(211) }

/** `GET …/jobs/{id}/why`: of one that is for a runtime that is there for another group. */
export function whyJob(job) {
  const name = job.targetEngine.name
  return {
    id: job.id, kind: 'job', question: 'Why has this job not started?', facts: [],
    answer: `The runtime ${name} belongs to the group marketing; this job is of the group ${job.group}, for which none of that name is enrolled.`,
    next: [{ message: `Make the job anew in the group marketing, or for a runtime of the group ${job.group}.`, cli: 'slipway runtime list', href: '#/runtimes' }],
  }
}
