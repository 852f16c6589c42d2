// Drives the Jira fake with jira.js, whose schemas of every answer are Atlassian's own documents. Under AUDIT_SCHEMAS a member that no schema knows
// is reported as well as one that is missing or of another type. Prints {"seen": {…}, "drift": […]}; an answer that does not fit ends it with a message.
//
// usage: node jira_check.mjs URL EMAIL TOKEN
process.env.AUDIT_SCHEMAS = 'true'
const { createCloudClient } = await import('jira.js/cloud')

const [host, email, apiToken] = process.argv.slice(2)
const jira = createCloudClient({ host, auth: { type: 'basic', email, apiToken }, onSchemaMismatch: 'throw', retry: { maxAttempts: 1 } })
const text = (words) => ({ type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text: words }] }] })

const made = await jira.issues.createIssue({
  fields: { project: { key: 'MRM' }, issuetype: { name: 'Task' }, summary: 'Approve churn-classifier-v3', labels: ['mlc', 'mlc-open'], description: text('Evidence') },
  properties: [{ key: 'mlc.intent', value: { id: '1' } }],
})
const issue = { issueIdOrKey: made.id }
const seen = { made: made.key }

seen.issue = (await jira.issues.getIssue({ ...issue, fields: ['*all'], properties: ['*all'] })).fields.status.name
seen.transitions = (await jira.issues.getTransitions(issue)).transitions.length
const done = (await jira.issues.getTransitions(issue)).transitions.find((one) => one.to.name === 'Approved')
await jira.issues.doTransition({ ...issue, transition: { id: done.id }, fields: { resolution: { name: 'Done' } } })
seen.comment = (await jira.issueComments.addComment({ ...issue, body: text('deployed') })).id !== undefined
seen.comments = (await jira.issueComments.getComments(issue)).total
seen.property = (await jira.issueProperties.getIssueProperty({ ...issue, propertyKey: 'mlc.intent' })).value.id
seen.properties = (await jira.issueProperties.getIssuePropertyKeys(issue)).keys.length
await jira.issueProperties.setIssueProperty({ ...issue, propertyKey: 'mlc.more', body: { n: 1 } })
seen.changes = (await jira.issues.getIssue({ ...issue, expand: ['changelog'] })).changelog.histories[0].items[0].toString
seen.changelog = (await jira.issues.getChangeLogs(issue)).values.length
await jira.issues.editIssue({ ...issue, update: { labels: [{ remove: 'mlc-open' }] } })
const jql = 'labels = mlc AND project = MRM AND updated >= -5m ORDER BY updated'
seen.ids = (await jira.issueSearch.searchAndReconsileIssuesUsingJqlPost({ jql })).issues.map((one) => one.id)
seen.found = (await jira.issueSearch.searchAndReconsileIssuesUsingJql({ jql, fields: ['status', 'labels'], maxResults: 1 })).issues[0].fields.labels
const many = await jira.issues.bulkFetchIssues({ issueIdsOrKeys: [made.key, 'MRM-404'], fields: ['status', 'resolution'] })
seen.many = [many.issues.map((one) => one.fields.status.name), many.issueErrors.map((one) => one.id)]
seen.me = (await jira.myself.getCurrentUser()).displayName
seen.server = (await jira.serverInfo.getServerInfo()).deploymentType
await jira.issues.deleteIssue(issue)
seen.gone = await jira.issues.getIssue(issue).then(() => 'still there', (error) => error.status ?? error.message)

console.log(JSON.stringify({ seen, drift: globalThis[Symbol.for('apis-code-gen.schemaAudit')] ?? [] }))
