import { expect, test } from 'vitest'
import type { AuditRecord, Job, Runtime } from '../api/types'
import { cancelConsequence, cancelRefusal, firstStream, followedAt, leftBehind, missingOutputs, ownerGone, reason, retryRefusal, sentence, timeline } from './job'
import { clockOf } from './time'

const base = { id: 'j', group: 'risk', version: 1, createdBy: 'ana', createdDate: '2026-11-25T10:00:00Z', jobType: 'MODEL_BATCH_JOB', jobStatus: 'ERROR' } as Job
const at = (text: string) => Date.parse(`2026-11-25T${text}Z`)

test('a job whose application the cluster has forgotten says so, also while it is cancelled', () => {
  const said = 'Waits for the cluster to know app-1 again: it has known nothing of it since 2026-11-25 19:00:00 UTC. Unless it does, the job ends as lost at 19:10:00 UTC (spark-runtime.lostAfter).'
  const job = { ...base, jobStatus: 'RUNNING', jobMessages: [`2026/11/25 19:00:00 ${said}`] } as Job
  expect(sentence(job, 0)).toBe(`Runs, as far as is known. ${said}`)
  expect(sentence({ ...job, cancelRequested: { at: '' } } as Job, 0)).toBe(`Is being cancelled. ${said}`)
  expect(sentence({ ...job, jobStatus: 'WAITING' } as Job, 0)).toBe(`Was submitted. ${said}`)
  expect(sentence({ ...job, jobMessages: [...job.jobMessages!, '2026/11/25 19:01:00 The cluster knows app-1 again.'] } as Job, 0)).toBe('Running.')
})

test('of a traceback the error is told, not a frame and not what follows it', () => {
  const job = { ...base, jobRunTime: at('10:00:00'), jobEndTime: at('10:02:14'), jobMessages: ['2026/11/25 10:00:01 application local-1', 'Traceback (most recent call last):\n  File "titanic.py", line 4, in score\n    fit(rows)\nValueError: Input contains NaN', '2026/11/25 10:02:14 temporary files removed'] } as Job
  expect(sentence(job, 0)).toBe('Failed after 2 min 14 s: the model raised ValueError: Input contains NaN')
})

test('of chained tracebacks the last one counts', () => {
  expect(reason({ ...base, jobMessages: ['Traceback (most recent call last):\n  frame\nKeyError: 1\n\nDuring handling, another exception occurred:\n\nTraceback (most recent call last):\n  frame\nmodels.errors.BadInput: age'] } as Job)).toBe('the model raised models.errors.BadInput: age')
})

test('of an exception of the JVM its first line and its deepest cause are told', () => {
  const told = (...java: string[]) => reason({ ...base, jobMessages: ['stderr: Traceback (most recent call last):', 'stderr:   frame', 'stderr: py4j.protocol.Py4JJavaError: An error occurred while calling o58.csv.', ...java.map((line) => `stderr: ${line}`), 'stderr: Caused by: nobody'] } as Job)
  expect(told(': java.io.FileNotFoundException: File x does not exist', '\tat a.B.c(B.scala:1)', '', 'done')).toBe('the model raised py4j.protocol.Py4JJavaError: java.io.FileNotFoundException: File x does not exist')
  expect(told(': org.apache.spark.SparkException: Job aborted.', '\tat a.B.c(B.scala:1)', 'Caused by: java.io.IOException: x', '\t... 9 more', 'Caused by: java.net.ConnectException: refused', '\t... 12 more', 'done'))
    .toBe('the model raised py4j.protocol.Py4JJavaError: org.apache.spark.SparkException: Job aborted.; caused by java.net.ConnectException: refused')
})

test('of what the model wrote the error is told, without the stream that it came by', () => {
  const jobMessages = ['2026/11/26 11:27:08 Taken by runtime edge.', '2026/11/26 11:27:33 stdout: Traceback (most recent call last):', '2026/11/26 11:27:33 stdout:   File "model_source_code.py", line 13, in score', '2026/11/26 11:27:33 stdout: ValueError: no number in row 2', '2026/11/26 11:27:33 stderr: WARNING: Using incubator modules', '2026/11/26 11:27:34 Failed after 2 s: exit code 1']
  expect(reason({ ...base, jobMessages } as Job)).toBe('the model raised ValueError: no number in row 2')
  expect([firstStream({ ...base, jobMessages } as Job), firstStream({ ...base, jobMessages: jobMessages.slice(4) } as Job), firstStream({ ...base, jobStatus: 'RUNNING' } as Job)]).toEqual(['stdout', 'stderr', 'stdout'])
})

test('without a traceback the last message is the reason, without its time', () => {
  expect(reason({ ...base, jobMessages: ['2026/11/25 10:00:01 received', '2026/11/25 10:00:09 The cluster refused it'] } as Job)).toBe('The cluster refused it')
  expect(reason({ ...base, sageMaker: { kind: 'TRANSFORM_JOB', failureReason: 'ClientError' }, jobMessages: ['x'] } as Job)).toBe('ClientError')
  expect(sentence(base, 0)).toBe('Failed. Nothing says why.')
  const handled = ['2026/11/25 10:00:05 stderr: Traceback (most recent call last):', '2026/11/25 10:00:05 stderr:   File "m.py", line 3, in score', '2026/11/25 10:00:05 stderr: FileNotFoundError: cache.pkl']
  expect(sentence({ ...base, jobMessages: [...handled, '2026/11/25 10:00:09 Stopped after 4.7 s: the time allowed for the job was over.'] } as Job, 0)).toBe('Stopped after 4.7 s: the time allowed for the job was over.')
  expect(sentence({ ...base, jobDuration: 5000, jobMessages: ['2026/11/25 10:00:09 Stopped after 4.7 s: the time allowed for the job was over.'] } as Job, 0)).toBe('Stopped after 4.7 s: the time allowed for the job was over.')
})

test('the reason that the runtime gave is told where no message tells it', () => {
  const statusReason = 'Failed after 3.2 s: ValueError: no column age'
  expect(sentence({ ...base, statusReason } as Job, 0)).toBe(statusReason)
  expect(sentence({ ...base, statusReason: 'The run was ended by signal 9.', jobDuration: 3_000, jobMessages: ['2026/11/25 10:00:09 Output x is not there.'] } as Job, 0)).toBe('Failed after 3 s: The run was ended by signal 9.')
  expect(reason({ ...base, statusReason: 'of before', jobMessages: ['2026/11/25 10:00:09 Failed after 3 s: KeyError: 1'] } as Job)).toBe('Failed after 3 s: KeyError: 1')
  expect(reason({ ...base, statusReason, jobMessages: ['Traceback (most recent call last):\n  frame\nKeyError: 1'] } as Job)).toBe('the model raised KeyError: 1')
})

test('an output that was declared and not written is told', () => {
  const outputData = [{ assetType: 'EXTERNAL_FILE', fileUrl: 'hdfs:///out.csv' }, { assetType: 'EXTERNAL_FILE', fileUrl: 'hdfs:///log.csv', fileSize: 8 }]
  const job = { ...base, jobStatus: 'COMPLETE', jobDuration: 41_000, outputData, jobMessages: ['2026/11/26 15:04:18 Output hdfs:///out.csv is not there.', '2026/11/26 15:04:18 Output hdfs:///log.csv: 1 file, 8 bytes.'] } as Job
  expect(missingOutputs(job)).toEqual(['hdfs:///out.csv'])
  expect(sentence(job, 0)).toBe('Completed after 41 s, but wrote not every output that it was to.')
  expect(sentence({ ...job, jobMessages: [] } as Job, 0)).toBe('Completed after 41 s.')
})

test('a job for a runtime that is not there says so', () => {
  const job = { ...base, jobStatus: 'CREATED', targetEngine: { name: 'nowhere', id: 'r-9' } } as Job
  expect(sentence(job, 0)).toBe('Waits until nowhere takes it.')
  expect(sentence(job, 0, 'unknown')).toBe('No runtime called nowhere is enrolled for the group risk; the job waits for it.')
})

test('a job whose runtime takes nothing says why', () => {
  const now = Date.parse('2026-11-25T10:10:00Z')
  const job = { ...base, jobStatus: 'CREATED', targetEngine: { name: 'edge-1', id: 'r-1' } } as Job
  const runtime = { name: 'edge-1', engineType: 'SPARK_RUNTIME', state: 'ONLINE', lastContact: '2026-11-25T10:09:55Z', lastModifiedDate: '2026-11-25T10:06:00Z' } as Runtime
  expect(sentence(job, now, runtime)).toBe('Waits until edge-1 takes it.')
  const away = { ...runtime, state: 'OFFLINE', stateReason: 'The master refuses connections.' } as Runtime
  expect(sentence(job, now, away)).toBe(`Waits for the runtime edge-1, which is offline since ${clockOf(Date.parse('2026-11-25T10:06:00Z'))}. The master refuses connections.`)
  const silent = { ...away, lastContact: '2026-11-25T10:05:00Z' } as Runtime
  expect(sentence(job, now, silent)).toContain(`offline since ${clockOf(Date.parse('2026-11-25T10:05:00Z'))}. Nothing was heard of it for 5 min.`)
  const full = { ...runtime, stateReason: 'No free disk space: 3 MiB of 20.0 GiB are left for /data.' } as Runtime
  expect(sentence(job, now, full)).toBe('Waits for the runtime edge-1. No free disk space: 3 MiB of 20.0 GiB are left for /data.')
  expect(sentence({ ...job, owner: 'i-1' } as Job, now, full)).toBe('edge-1 has taken it, but launches nothing now. No free disk space: 3 MiB of 20.0 GiB are left for /data.')
})

test('the page of a driver is no link once it has ended, those that last are', () => {
  const on = (jobStatus: string, trackingUrl?: string) => ({ ...base, jobStatus, sparkApplication: { id: 'app-7', trackingUrl } }) as Job
  expect(followedAt(on('RUNNING', 'http://edge-1:4040'))).toEqual({ url: 'http://edge-1:4040', lasts: true })
  expect(followedAt(on('COMPLETE', 'http://edge-1:4040'))).toEqual({ url: 'http://edge-1:4040', lasts: false })
  expect(followedAt(on('ERROR', 'http://history:18080/history/app-7/'))).toEqual({ url: 'http://history:18080/history/app-7/', lasts: true })
  expect(followedAt(on('COMPLETE'))).toBeUndefined()
})

test('the timeline says who claimed it and what went on between two moments', () => {
  const job = { ...base, targetEngine: { name: 'edge-1' }, jobWaitTime: at('10:00:03'), jobRunTime: at('10:00:10'), jobEndTime: at('10:01:10') } as Job
  const audit = [{ createdDate: '2026-11-25T10:00:02Z', createdBy: 'client:edge', changes: [{ op: 'add', path: '/owner', value: 'i-1' }] }] as AuditRecord[]
  expect(timeline(job, audit).map(({ what, by, then }) => [what, by, then])).toEqual([
    ['Created', 'ana', 'waited 2 s'], ['Claimed', 'edge-1', 'waited 1 s'], ['Submitted', undefined, 'waited 7 s'], ['Began to run', undefined, 'ran 1 min'], ['Failed', undefined, undefined],
  ])
})

test('cancel while it lives, retry once it has ended, in SageMaker as well', () => {
  expect([cancelRefusal(base), retryRefusal(base)]).toEqual(['It has ended.', undefined])
  expect([cancelRefusal({ ...base, jobStatus: 'RUNNING' } as Job), retryRefusal({ ...base, jobStatus: 'RUNNING' } as Job)]).toEqual([undefined, 'It has not ended yet.'])
  expect(cancelRefusal({ ...base, jobStatus: 'RUNNING', cancelRequested: { at: '' } } as Job)).toContain('already')
  expect(retryRefusal({ ...base, sageMaker: { kind: 'TRANSFORM_JOB' } } as Job)).toBeUndefined()
  expect(cancelRefusal({ ...base, jobStatus: 'RUNNING', sageMaker: { kind: 'TRANSFORM_JOB' } } as Job)).toBeUndefined()
})

test('what AWS runs waits from the moment it was made', () => {
  const job = { ...base, jobStatus: 'COMPLETE', sageMaker: { kind: 'TRANSFORM_JOB', creationTime: '2026-11-25T09:00:00Z' }, jobWaitTime: Date.parse('2026-11-25T09:00:00Z'), jobRunTime: Date.parse('2026-11-25T09:01:00Z'), jobEndTime: Date.parse('2026-11-25T09:14:00Z') } as Job
  expect(timeline(job).map(({ what, then }) => [what, then])).toEqual([['Created in AWS', 'waited 1 min'], ['Began to run', 'ran 13 min'], ['Completed', undefined]])
})

test('a job whose runtime is gone says why; one whose runtime lives, or that nobody has, does not', () => {
  const now = at('10:10:00')
  const job = { ...base, jobStatus: 'RUNNING', owner: 'one' } as Job
  const runtime = { name: 'edge-1', state: 'ONLINE', instanceId: 'one', lastContact: '2026-11-25T10:09:55Z' } as Runtime
  expect(ownerGone(job, runtime, now)).toBeUndefined()
  expect(ownerGone(job, { ...runtime, state: 'REMOVED' }, now)).toBe('edge-1 has left.')
  expect(ownerGone(job, { ...runtime, instanceId: 'two' }, now)).toContain('Another instance')
  expect(ownerGone(job, { ...runtime, lastContact: '2026-11-25T10:05:00Z' }, now)).toBe('Nothing was heard of edge-1 for 5 min.')
  const { owner: _, ...free } = job
  expect(ownerGone(free as Job, { ...runtime, state: 'REMOVED' }, now)).toBeUndefined()
  expect(ownerGone({ ...job, jobStatus: 'COMPLETE' }, { ...runtime, state: 'REMOVED' }, now)).toBeUndefined()
})

test('before a job is cancelled it is said what will follow', () => {
  expect(cancelConsequence({ ...base, jobStatus: 'CREATED' } as Job)).toBe('It has not begun: nothing runs for it yet, and nothing will.')
  expect(cancelConsequence({ ...base, jobStatus: 'RUNNING', sparkApplication: { id: 'app-1' } } as Job)).toBe('Its application app-1 is killed on the cluster. What it has written stays where it is, whole or not. It can be run again later.')
  expect(cancelConsequence({ ...base, jobStatus: 'WAITING' } as Job)).toContain('What was submitted for it is killed on the cluster.')
  expect(cancelConsequence({ ...base, jobStatus: 'RUNNING', sageMaker: { kind: 'TRANSFORM_JOB' } } as Job)).toBe('SageMaker is told to stop it. What it has written to S3 stays, whole or not. It can be run again later.')
})

test('says of no job that was taken that it was not submitted', () => {
  expect(leftBehind({ jobStatus: 'CREATED' })).not.toContain('not submitted')
  expect(leftBehind({ jobStatus: 'WAITING' })).toContain('may still run')
})
