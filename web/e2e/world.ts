/** What the journeys look at: the mock has it, a real server gets it by imports and REST. */
import { account, mocked, Rest } from './backend'

export interface World {
  model: string
  byHand: string
  snapshot: string
  sparkSnapshot: string
  endpoint: string
  spark: string
  failedJob: string
  completeJob: string
  sparkJob: string
  deployment: string
  operation: string
}

let made: World | undefined

/** Once for each worker; a second call costs nothing. */
export async function world(): Promise<World> {
  if (made) return made
  const rest = await Rest.signIn()
  try {
    const imported = []
    for (const name of account.ready) imported.push(mocked ? await rest.some('storedModels', `name:${name}`) : await rest.import(name))
    const model = String(mocked ? imported[0]!.id : imported[0]!['storedModelId'])
    const operations = await rest.get<{ _embedded?: Record<string, { id: string }[]> }>('/sagemaker-service/api/operations?size=1')
    const operation = Object.values(operations._embedded ?? {})[0]?.[0]?.id ?? (await rest.import(mocked ? account.ready[0]! : account.fresh)).id
    const byHand = await rest.some('storedModels', 'name:titanic-spark', { modelMetaData: { name: 'titanic-spark', type: 'PYSPARK', tags: ['demo'] } })
    const sparkSnapshot = await rest.some('deployableModels', `storedModelId:${byHand.id}`, { storedModel: { id: byHand.id }, metaData: { name: 'titanic-prod' } })
    const spark = await rest.some('runtimes', 'name:spark-runtime-1 engineType:SPARK_RUNTIME', { name: 'spark-runtime-1', engineType: 'SPARK_RUNTIME', state: 'INIT' })
    const sparkJob = await rest.some('jobs', `engineType:SPARK_RUNTIME deployableModelId:${sparkSnapshot.id}`, {
      jobType: 'MODEL_BATCH_JOB', model: { id: sparkSnapshot.id }, targetEngine: { id: spark.id }, jobParameters: { '--executor-memory': '512MB' },
      inputData: [{ assetType: 'EXTERNAL_FILE', name: 'test.csv', fileUrl: 'hdfs:///demo/test.csv', repositoryInfo: { repositoryType: 'HDFS_REPOSITORY' } }],
    })
    made = {
      model, operation, byHand: byHand.id, sparkSnapshot: sparkSnapshot.id, spark: spark.id, sparkJob: sparkJob.id,
      snapshot: (await rest.some('deployableModels', `storedModelId:${model}`)).id,
      endpoint: (await rest.some('runtimes', 'engineType:SAGEMAKER_RUNTIME')).id,
      deployment: (await rest.some('deployedModels', 'state:DEPLOYED')).id,
      failedJob: (await rest.some('jobs', 'status:ERROR engineType:SAGEMAKER_RUNTIME')).id,
      completeJob: (await rest.some('jobs', 'status:COMPLETE engineType:SAGEMAKER_RUNTIME')).id,
    }
    return made
  } finally {
    await rest.close()
  }
}
