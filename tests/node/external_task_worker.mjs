// A worker as people write them for Camunda 7, on npm's camunda-external-task-client-js: completes what it can, throws BPMN errors, reports failures.
// Prints one JSON line for each task, and ends after so many.
//
// usage: TOKEN=… node external_task_worker.mjs BASE_URL TOPIC TASKS
import { Client, Variables } from 'camunda-external-task-client-js'

const [baseUrl, topic, wanted] = process.argv.slice(2)
let left = Number(wanted)

// An interceptor is the client's own way of adding a header; it passes got's options.
const bearer = (options) => ({ ...options, headers: { ...options.headers, Authorization: `Bearer ${process.env.TOKEN}` } })
const client = new Client({ baseUrl, workerId: 'npm-worker', maxTasks: 2, interval: 50, lockDuration: 20000, asyncResponseTimeout: 5000, interceptors: [bearer] })

const done = (line) => {
  console.log(JSON.stringify(line))
  left -= 1
  if (left === 0) client.stop()
}

client.on('poll:error', (error) => console.error('poll', String(error)))

client.subscribe(topic, async ({ task, taskService }) => {
  const what = task.variables.get('WHAT')
  const seen = { id: task.id, topic: task.topicName, businessKey: task.businessKey, what, rows: task.variables.get('ROWS'), retries: task.retries }
  if (what === 'error') {
    await taskService.handleBpmnError(task, 'TOO_OLD', 'the data is too old')
  } else if (what === 'failure' && task.retries == null) {
    await taskService.handleFailure(task, { errorMessage: 'out of memory', errorDetails: 'at line 7', retries: 1, retryTimeout: 0 })
  } else {
    await taskService.extendLock(task, 30000)
    const result = new Variables()
    result.setAll({ SCORE: 0.9, COUNT: 3, OK: true, NAME: 'churn' })
    result.setTyped('REPORT', { value: { rows: [1, 2] }, type: 'json', valueInfo: {} })
    await taskService.complete(task, result)
  }
  done(seen)
})
