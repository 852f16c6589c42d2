/** A small world for developing and testing the page: the same at every start. */
const arn = (kind, name) => `arn:aws:sagemaker:us-east-2:123456789012:${kind}/${name}`
const consoleOf = (fragment, name) => `https://us-east-2.console.aws.amazon.com/sagemaker/home?region=us-east-2#/${fragment}/${name}`
export const uuid = (n) => `0198f2a0-0000-7000-8000-${String(n).padStart(12, '0')}`
/** Everything is told relative to the start, so that "2 hours ago" stays true. */
const start = Date.now()
export const iso = (minutesAgo) => new Date(start - minutesAgo * 60_000).toISOString()

export const canary = '<img src=x onerror="window.pwned=1">'

const kinds = {
  MODEL: ['model', 'models'],
  ENDPOINT_CONFIG: ['endpoint-config', 'endpointConfig'],
  ENDPOINT: ['endpoint', 'endpoints'],
  TRAINING_JOB: ['training-job', 'jobs'],
  TRANSFORM_JOB: ['transform-job', 'transform-jobs'],
}

export function facts(kind, name, minutesAgo, more = {}) {
  const [path, fragment] = kinds[kind]
  return {
    kind, arn: arn(path, name), name, region: 'us-east-2', account: '123456789012', creationTime: iso(minutesAgo), tags: { team: 'risk' },
    consoleUrl: consoleOf(fragment, name), ...more,
  }
}

export function envelope(n, minutesAgo, more = {}) {
  return { id: uuid(n), group: 'risk', version: 1, createdDate: iso(minutesAgo), lastModifiedDate: iso(Math.max(1, minutesAgo / 2)), createdBy: 'ana', lastModifiedBy: 'SYSTEM', ...more }
}

const modelNames = ['fraud-xgb', 'churn-pipeline', 'credit-limit-lgbm', 'aml-screening', 'document-ocr', 'price-elasticity']

const containers = (name, i) =>
  Array.from({ length: i === 1 ? 3 : 1 }, (_, at) => ({
    image: '257758044811.dkr.ecr.us-east-2.amazonaws.com/sagemaker-xgboost:1.7-1',
    modelDataUrl: `s3://risk-models/${name}/output/model-${at}.tar.gz`,
    ...(i === 1 && { containerHostname: ['prepare', 'score', 'explain'][at] }),
    mode: 'SingleModel',
    environment: { SAGEMAKER_PROGRAM: '******', LOG_LEVEL: '******' },
  }))

function storedModels() {
  const imported = modelNames.map((name, i) => ({
    ...envelope(1 + i, 4000 - i * 300),
    modelMetaData: {
      name, type: 'SAGEMAKER', description: i === 0 ? 'Scores card payments for fraud within 40 ms.' : `Model ${name}`, tags: ['team=risk', i % 2 ? 'tier=2' : 'tier=1'],
      custom: i === 0 ? { owner: 'Ana Ruiz', review: { board: 'MRM', next: '2027-03-01' } } : {},
      ...(i === 0 && { inputSchema: [{ name: 'payment.avsc', schemaDefinition: { type: 'record', name: 'Payment', fields: [] } }] }),
    },
    modelAssets: i === 0 ? [
      { assetId: 'a1', assetType: 'EXTERNAL_FILE', assetRole: 'TEST_DATA', name: 'holdout.csv', filename: 'holdout.csv', fileFormat: 'CSV', fileSize: 4_800_000, fileUrl: 's3://risk-data/fraud/holdout.csv' },
      { assetId: 'a2', assetType: 'FILE', assetRole: 'MODEL_DOCUMENTATION', name: 'model-card.md', filename: 'model-card.md', fileSize: 8_210 },
    ] : [],
    sageMaker: facts('MODEL', name, 9000, {
      containers: containers(name, i), executionRoleArn: 'arn:aws:iam::123456789012:role/service-role/SageMakerExecution', enableNetworkIsolation: i === 0,
      ...(i === 0 && { vpcConfig: { SecurityGroupIds: ['sg-0a1b2c3d'], Subnets: ['subnet-11aa22bb', 'subnet-33cc44dd'] } }),
      ...(name === 'document-ocr' && { lastImport: { operationId: uuid(4999), state: 'COMPLETE', at: iso(90), unread: [{ stage: 'endpoints', outcome: 'REFUSED', operation: 'ListEndpoints', code: 'AccessDeniedException', permission: 'sagemaker:ListEndpoints' }] } }),
      trainingJobs: [{ name: `${name}-2026-11-02`, arn: arn('training-job', `${name}-2026-11-02`), consoleUrl: consoleOf('jobs', `${name}-2026-11-02`) }],
    }),
  }))
  const byHand = [['titanic-spark', 'PYSPARK'], [canary, 'PYSPARK']].map(([name, type], i) => ({
    ...envelope(20 + i, 200 + i, { group: 'crm', lastModifiedBy: 'ben' }),
    modelMetaData: { name, type, description: i ? `javascript:alert(1) ${canary}` : 'Survival on the Titanic', tags: i ? [canary] : ['demo'], custom: i ? { note: canary } : {} },
    modelAssets: i ? [{ assetId: 'x1', assetType: 'EXTERNAL_FILE', assetRole: 'UNKNOWN', name: canary, fileUrl: 'javascript:alert(1)' }] : [],
  }))
  return [...imported, ...byHand]
}

const variant = (name, model) => ({ VariantName: name, ModelName: model, InstanceType: 'ml.m5.large', InitialInstanceCount: 2, InitialVariantWeight: 1 })

export function world() {
  const models = storedModels()
  const snapshots = models.slice(0, 6).map((model, i) => ({
    ...envelope(100 + i, 3000 - i * 200),
    storedModel: { id: model.id, modelMetaData: model.modelMetaData },
    metaData: { name: `${model.modelMetaData.name}-prod`, description: '', tags: ['team=risk'], custom: {} },
    sageMaker: i === 4 ? { kind: 'ENDPOINT_CONFIG', generated: true, name: `${model.modelMetaData.name}-default` } : facts('ENDPOINT_CONFIG', `${model.modelMetaData.name}-prod`, 8000, {
      productionVariants: [variant('main', model.modelMetaData.name), ...(i === 0 ? [{ ...variant('challenger', 'fraud-nn'), InitialVariantWeight: 0.1 }] : [])],
      models: [{ name: model.modelMetaData.name, arn: model.sageMaker.arn, consoleUrl: model.sageMaker.consoleUrl }],
      ...(i === 0 && { dataCaptureConfig: { EnableCapture: true, InitialSamplingPercentage: 20, DestinationS3Uri: 's3://risk-capture/fraud/' } }),
    }),
  }))
  const states = ['InService', 'InService', 'Updating', 'Failed']
  const runtimes = states.map((status, i) => ({
    ...envelope(200 + i, 2500 - i * 100), name: `${modelNames[i]}-live`, engineType: 'SAGEMAKER_RUNTIME', state: status === 'Failed' ? 'ERROR' : 'ONLINE', tags: ['team=risk'],
    sageMaker: facts('ENDPOINT', `${modelNames[i]}-live`, 7000, {
      status, endpointConfigName: `${modelNames[i]}-prod`, productionVariants: [{ VariantName: 'main', CurrentInstanceCount: 2, DesiredInstanceCount: 2, CurrentWeight: 1 }],
      ...(status === 'Failed' && { failureReason: 'The primary container for production variant main did not pass the ping health check.' }),
      ...(i === 0 && { dataCaptureStatus: { EnableCapture: true, CaptureStatus: 'Started', CurrentSamplingPercentage: 20 }, monitoringSchedules: [{ MonitoringScheduleName: 'fraud-drift-daily', MonitoringScheduleStatus: 'Scheduled' }] }),
    }),
  }))
  runtimes.push({ ...envelope(210, 90), name: 'spark-runtime-1', engineType: 'SPARK_RUNTIME', state: 'INIT', tags: ['test'], lastContact: iso(0.2) })
  const deployments = states.map((status, i) => ({
    ...envelope(300 + i, 2400 - i * 100), state: status === 'Failed' ? 'FAILED' : 'DEPLOYED', deployTime: iso(2300 - i * 100),
    deployableModel: { id: snapshots[i].id, metaData: snapshots[i].metaData, storedModel: { id: models[i].id, modelMetaData: { name: modelNames[i] } } },
    engine: { id: runtimes[i].id, engineType: 'SAGEMAKER_RUNTIME', name: runtimes[i].name },
  }))
  const jobs = Array.from({ length: 64 }, (_, i) => job(i, models[i % 6], snapshots[i % 6], runtimes[4]))
  const notifications = [
    { ...envelope(603, 60), notificationType: 'MODEL_APPROVAL_NOTIFICATION', severity: 'INFO', message: 'fraud-xgb-prod waits for approval', open: true, storedModelId: models[0].id, deployableModelId: snapshots[0].id },
    { ...envelope(600, 30), notificationType: 'JOB_NOTIFICATION', severity: 'ERROR', message: 'The transform job fraud-xgb-batch-3 failed: the container ran out of memory', open: true, storedModelId: models[3].id, jobId: jobs[3].id },
    { ...envelope(601, 300), notificationType: 'MODEL_NOTIFICATION', severity: 'WARNING', message: `${canary} the import found 2 of 3 endpoints`, open: true, storedModelId: models[0].id },
    { ...envelope(602, 3000), notificationType: 'MODEL_NOTIFICATION', severity: 'INFO', message: 'fraud-xgb was imported', open: false, storedModelId: models[0].id },
  ]
  const auditRecords = [
    { ...envelope(700, 4000), createdBy: 'ana', entityType: 'StoredModel', entityId: models[0].id, storedModelId: models[0].id, changes: [{ op: 'add', path: '', value: {} }] },
    ...Array.from({ length: 130 }, (_, i) => ({ ...envelope(2000 + i, 3999 - i / 100), createdBy: 'ana', entityType: i % 2 ? 'Job' : 'DeployableModel', entityId: i % 2 ? jobs[i % 64].id : snapshots[0].id, storedModelId: models[0].id, changes: [{ op: 'add', path: '', value: i % 2 ? { sageMaker: { name: `fraud-xgb-batch-${i}` } } : { metaData: { name: 'fraud-xgb-prod' } } }] })),
    { ...envelope(701, 400), createdBy: 'ben', entityType: 'StoredModel', entityId: models[0].id, storedModelId: models[0].id, changes: [{ op: 'replace', path: '/modelMetaData/description', value: canary }, { op: 'add', path: '/modelMetaData/custom/owner', value: 'Ana Ruiz' }] },
  ]
  const users = [
    { ...envelope(800, 9000), username: 'admin', groups: [], admin: true, lastSignIn: iso(1) },
    { ...envelope(801, 8000), username: 'ana', groups: ['risk', 'crm'], admin: false, lastSignIn: iso(50) },
  ]
  const clients = [{ ...envelope(850, 5000), clientId: 'nightly-report', groups: ['risk'], admin: false }]
  return { storedModels: models, deployableModels: snapshots, deployedModels: deployments, runtimes, jobs, notifications, auditRecords, users, clients }
}

function job(i, model, snapshot, spark) {
  const name = model.modelMetaData.name
  const status = ['COMPLETE', 'COMPLETE', 'RUNNING', 'ERROR', 'COMPLETE', 'CANCELLED', 'COMPLETE', 'CREATED'][i % 8]
  const began = start - (120 + i * 37) * 60_000
  const training = i % 5 === 4
  const onSpark = status === 'CREATED'
  const ended = ['COMPLETE', 'ERROR', 'CANCELLED'].includes(status)
  return {
    ...envelope(400 + i, 110 + i * 37),
    jobType: training ? 'MODEL_BATCH_TRAINING_JOB' : 'MODEL_BATCH_JOB', jobStatus: status,
    model: { id: snapshot.id, metaData: snapshot.metaData, storedModel: { id: model.id, modelMetaData: { name } } },
    targetEngine: onSpark ? { id: spark.id, engineType: 'SPARK_RUNTIME', name: spark.name } : { engineType: 'SAGEMAKER_RUNTIME' },
    inputData: [{ assetType: 'EXTERNAL_FILE', name: 'holdout.csv', fileFormat: 'CSV', fileUrl: `s3://risk-data/${name}/holdout.csv`, fileSize: 4_800_000 }],
    outputData: [{ assetType: 'EXTERNAL_FILE', name: 'out', fileFormat: 'UNKNOWN', fileUrl: `s3://risk-data/${name}/out/` }],
    jobParameters: onSpark ? { '--executor-memory': '512MB', '-v': '' } : { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    jobMessages: status === 'ERROR' ? ['2026/11/25 11:55:16 transform job found in AWS', 'ClientError: the container ran out of memory'] : ['2026/11/25 11:55:16 job received'],
    ...(!onSpark && { jobRunTime: began }),
    ...(ended && { jobEndTime: began + 134_000 + i * 1_000, jobDuration: 134_000 + i * 1_000 }),
    ...(!onSpark && { sageMaker: facts(training ? 'TRAINING_JOB' : 'TRANSFORM_JOB', `${name}-${training ? 'train' : 'batch'}-${i}`, 120 + i * 37, {
      status: { COMPLETE: 'Completed', ERROR: 'Failed', RUNNING: 'InProgress', CANCELLED: 'Stopped' }[status], logsUrl: consoleOf('logs', name),
      ...(status === 'ERROR' && { failureReason: 'ClientError: the container ran out of memory' }),
    }) }),
  }
}

export const credentials = () => [
  { id: uuid(900), group: 'risk', authenticationType: 'BASIC', region: 'us-east-2', accessKeyId: '****************MPLE', entered: false, lastCheck: { at: iso(4), ok: true, account: '123456789012', arn: 'arn:aws:iam::123456789012:user/slipway', permissions: ['sagemaker:DescribeModel', 'sagemaker:ListEndpoints', 'sagemaker:ListModels', 'sagemaker:ListTags'] } },
  { id: uuid(901), group: '', authenticationType: 'ASSUME_ROLE_WITH_WEB_IDENTITY', region: 'eu-west-1', roleArn: 'arn:aws:iam::210987654321:role/slipway-import', entered: false, lastCheck: { at: iso(60), ok: false, error: { operation: 'AssumeRoleWithWebIdentity', code: 'AccessDenied', message: 'The role does not trust this identity.' } } },
  { id: uuid(902), group: 'risk', authenticationType: 'BASIC', region: 'us-west-2', accessKeyId: '****************7QLD', entered: true, createdBy: 'ana', created: iso(3000), lastCheck: { at: iso(3000), ok: true, account: '123456789012', arn: 'arn:aws:iam::123456789012:user/ana', permissions: ['sagemaker:DescribeModel'] } },
]

export const accountModels = [...modelNames, 'recommender-als', 'loan-default-nn', 'queue-forecast', 'no-tags-permission']

export const tasks = () => ['prune_events', 'prune_answers', 'resume_operations', 'check_credentials'].map((name, i) => ({
  name, periodMs: 3_600_000 / (i + 1), running: i === 2, runs: 40 - i, failures: i === 3 ? 2 : 0, lastStarted: iso(i + 1), lastDurationMs: 12 + i * 40, ...(i === 3 && { lastError: 'STS answered 403 for the role slipway-import' }),
}))
