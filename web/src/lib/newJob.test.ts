import { expect, test } from 'vitest'
import { draftFault, jobRequest, parseParameters, runtimesFor, type JobDraft } from './newJob'

const draft: JobDraft = { type: 'MODEL_BATCH_JOB', runtimeId: '', inputs: [' hdfs:///in.csv ', ''], outputs: ['hdfs:///out.csv'], kept: '', parameters: '--executor-memory 512MB\n-v' }

test('parameters are options of spark-submit, one a line', () => {
  expect(parseParameters('--executor-memory 512MB\n\n-v\n--conf spark.cores.max=2\nspark.app.x = a=b\n--num-executors=3')).toEqual({
    values: { '--executor-memory': '512MB', '-v': '', 'spark.cores.max': '2', 'spark.app.x': 'a=b', '--num-executors': '3' },
  })
  expect(parseParameters('rm -rf').fault).toContain('rm -rf')
  expect(parseParameters('--conf nonsense').fault).toBeDefined()
})

test('a draft says what is missing; metrics need no output', () => {
  expect(draftFault(draft, [])).toBeUndefined()
  expect(draftFault({ ...draft, inputs: [''] }, []), 'a model may read tables').toBeUndefined()
  expect(draftFault(draft, [], true)).toContain('runtime')
  expect(draftFault({ ...draft, runtimeId: 'r1' }, [], true)).toBeUndefined()
  expect(draftFault({ ...draft, outputs: [] }, [])).toContain('output')
  expect(draftFault({ ...draft, outputs: [], type: 'MODEL_BATCH_TEST_JOB' }, [])).toBeUndefined()
  expect(draftFault({ ...draft, inputs: ['javascript:alert(1)'] }, [])).toContain('javascript')
})

test('the request has the shape that scripts post', () => {
  expect(jobRequest(draft, 's1', 'risk')).toEqual({
    jobType: 'MODEL_BATCH_JOB', group: 'risk', model: { id: 's1' }, targetEngine: { engineType: 'SPARK_RUNTIME' }, jobParameters: { '--executor-memory': '512MB', '-v': '' },
    inputData: [{ assetType: 'EXTERNAL_FILE', assetRole: 'TEST_DATA', name: 'in.csv', filename: 'in.csv', fileFormat: 'CSV', fileUrl: 'hdfs:///in.csv', repositoryInfo: { repositoryType: 'HDFS_REPOSITORY' } }],
    outputData: [{ assetType: 'EXTERNAL_FILE', assetRole: 'UNKNOWN', name: 'out.csv', filename: 'out.csv', fileFormat: 'CSV', fileUrl: 'hdfs:///out.csv', repositoryInfo: { repositoryType: 'HDFS_REPOSITORY' } }],
  })
  expect(jobRequest({ ...draft, runtimeId: 'r1' }, 's1', 'risk')).toMatchObject({ targetEngine: { id: 'r1' } })
})

test('files go along, and outputs come back', () => {
  const embedded: JobDraft = { ...draft, inputs: [''], outputs: [''], kept: 'result.csv, notes.txt' }
  const file = { name: 'in.csv', size: 12 }
  expect(draftFault(embedded, [file])).toBeUndefined()
  expect(draftFault(embedded, [{ name: 'in.csv', size: 17 * 1024 * 1024 }])).toContain('16 MiB')
  expect(draftFault({ ...embedded, kept: 'in.csv' }, [file])).toContain('twice')
  expect(draftFault({ ...embedded, kept: '../x' }, [file])).toContain('../x')
  expect(jobRequest(embedded, 's1', 'risk', [{ assetType: 'FILE', name: 'in.csv', filename: 'in.csv', fileContent: 'YQ==' }])).toMatchObject({
    inputData: [{ assetType: 'FILE', assetRole: 'TEST_DATA', filename: 'in.csv', fileContent: 'YQ==' }],
    outputData: [{ assetType: 'FILE', filename: 'result.csv', fileFormat: 'CSV' }, { assetType: 'FILE', filename: 'notes.txt', fileFormat: 'UNKNOWN' }],
  })
})

test('the runtime that a snapshot is meant for is preset; where there are several, one is asked for', () => {
  const runtimes = [{ id: 'r1', name: 'one', group: 'risk', state: 'ONLINE' }, { id: 'r2', name: 'two', group: 'risk', state: 'OFFLINE' }, { id: 'r3', name: 'gone', group: 'risk', state: 'REMOVED' }, { id: 'r4', name: 'theirs', group: 'hr', state: 'ONLINE' }] as const
  const of = (targets: Record<string, string>[], listed: readonly (typeof runtimes)[number][] = runtimes) => runtimesFor({ group: 'risk', targetRuntimes: targets }, listed)
  expect(of([]).usable.map((one) => one.id)).toEqual(['r1', 'r2', 'r4'])
  expect(of([])).toMatchObject({ meant: undefined, several: true })
  expect(of([], [runtimes[0], runtimes[2], runtimes[3]])).toMatchObject({ meant: undefined, several: false })
  expect(of([{ id: 'r2', name: 'two' }])).toMatchObject({ meant: 'r2', several: true })
  expect(of([{ id: 'of before', name: 'one' }])).toMatchObject({ meant: 'r1' })
  expect(of([{ id: 'r3', name: 'gone' }])).toMatchObject({ meant: undefined })
})
