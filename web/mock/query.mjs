/** Enough of filters, sorting and paging for the page's tests; the real rules are the server's. */
const paths = {
  name: (o) => o.modelMetaData?.name ?? o.metaData?.name ?? o.name, type: (o) => o.modelMetaData?.type ?? o.notificationType, group: (o) => o.group, status: (o) => o.jobStatus,
  jobType: (o) => o.jobType, state: (o) => o.state, engineType: (o) => o.engineType ?? o.targetEngine?.engineType, severity: (o) => o.severity, open: (o) => String(o.open),
  created: (o) => o.createdDate, updated: (o) => o.lastModifiedDate, createdBy: (o) => o.createdBy, username: (o) => o.username, clientId: (o) => o.clientId, region: (o) => o.sageMaker?.region,
  account: (o) => o.sageMaker?.account, storedModelId: (o) => storedModelOf(o), entityId: (o) => o.entityId, owner: (o) => o.owner, deployableModelId: (o) => o.deployableModelId ?? o.deployableModel?.id ?? o.model?.id,
  generated: (o) => String(o.sageMaker?.generated ?? false), runtimeId: (o) => o.engine?.id, engineId: (o) => o.targetEngine?.id, jobId: (o) => o.jobId, awsCreated: (o) => o.sageMaker?.creationTime, stage: (o) => o.modelMetaData?.modelStage, ended: (o) => o.jobEndTime,
}

export function storedModelOf(o) {
  return o.storedModelId ?? o.storedModel?.id ?? o.deployableModel?.storedModel?.id ?? o.model?.storedModel?.id
}

/** As the server tells it in the summary of a model. */
const told = {
  deployed: (o) => (o.summary?.deployments ?? []).some((one) => ['DEPLOYED', 'DEPLOYING', 'UNDEPLOYING'].includes(one.state)),
  attention: ({ summary }) => Boolean(summary) && (summary.openTickets > 0 || summary.openProblems > 0 || summary.lastJob?.jobStatus === 'ERROR' || summary.deployments.some((one) => one.state === 'FAILED')),
}

const tagsOf = (o) => o.modelMetaData?.tags ?? o.metaData?.tags ?? o.tags ?? []
const ages = { d: 86_400_000, h: 3_600_000, m: 60_000 }

/** @throws a problem when a field is unknown. */
export function matches(filter) {
  const terms = (filter.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((term) => {
    const [, not, field, op, raw] = /^(-?)([\w.]+)(!=|>=|<=|[:=~<>])(.*)$/s.exec(term) ?? []
    if (!field) return (o) => JSON.stringify(o).toLowerCase().includes(term.replaceAll('"', '').toLowerCase())
    const value = raw.replaceAll('"', '')
    if (field.startsWith('tag.')) return (o) => tagsOf(o).includes(`${field.slice(4)}=${value}`) !== Boolean(not)
    if (told[field]) return (o) => (told[field](o) === (value === 'true')) !== (op === '!=' || Boolean(not))
    const read = paths[field]
    if (!read) throw Object.assign(new Error(), { problem: [400, 'INVALID', `The request is not valid: ?filter must be a known field, not ${field}.`, [{ pointer: '?filter', expected: 'a known field', got: field }]] })
    const age = /^(\d+)([dhm])$/.exec(value)
    if (age && '<>'.includes(op[0])) return (o) => (Date.parse(read(o)) > Date.now() - Number(age[1]) * ages[age[2]]) === (op[0] === '>')
    if (op === '>=') return (o) => String(read(o) ?? '') >= value
    if (op === '~') return (o) => String(read(o) ?? '').toLowerCase().includes(value.toLowerCase())
    return (o) => value.split(',').includes(String(read(o))) !== (op === '!=' || Boolean(not))
  })
  return (o) => terms.every((term) => term(o))
}

export function page(items, query, name, path) {
  const [field, direction] = (query.get('sort') ?? 'updated,desc').split(',')
  const read = paths[field] ?? paths.created
  const found = items.filter(matches(query.get('filter') ?? '')).sort((a, b) => String(read(a) ?? '').localeCompare(String(read(b) ?? '')) * (direction === 'desc' ? -1 : 1))
  const size = Math.min(1000, Number(query.get('size') ?? 20))
  const number = Number(query.get('page') ?? 0)
  return {
    _embedded: { [name]: found.slice(number * size, (number + 1) * size) },
    page: { size, number, totalElements: found.length, totalPages: Math.ceil(found.length / size) },
    _links: { self: { href: path } },
  }
}

/** What a list of models tells of each. */
export function withSummary(model, world) {
  const of = (collection) => world[collection].filter((one) => storedModelOf(one) === model.id)
  const last = of('jobs').sort((a, b) => b.createdDate.localeCompare(a.createdDate))[0]
  return {
    ...model,
    summary: {
      snapshots: of('deployableModels').length,
      deployments: of('deployedModels').filter((one) => one.state !== 'UNDEPLOYED').map((one) => ({ deployedModelId: one.id, deployableModelId: one.deployableModel.id, runtimeId: one.engine.id, runtimeName: one.engine.name, state: one.state })),
      lastJob: last ? { id: last.id, jobType: last.jobType, jobStatus: last.jobStatus, createdDate: last.createdDate, lastModifiedDate: last.lastModifiedDate, jobEndTime: last.jobEndTime } : null,
      openProblems: of('notifications').filter((one) => one.open && one.severity !== 'INFO' && one.notificationType !== 'MODEL_APPROVAL_NOTIFICATION').length,
      openTickets: of('notifications').filter((one) => one.open && one.notificationType === 'MODEL_APPROVAL_NOTIFICATION').length,
    },
  }
}
