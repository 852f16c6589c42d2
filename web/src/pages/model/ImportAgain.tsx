/** The next step where an import did not see everything. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, get, send } from '../../api/client'
import { keyKeeper } from '../../api/keys'
import { sageMaker } from '../../api/paths'
import { runningQuery } from '../../api/queries'
import type { ImportRequest, Operation, StoredModel } from '../../api/types'
import { Refusable } from '../../components/Refusable'
import { useLacks } from '../../components/useLacks'
import { ProblemView } from '../../components/views'
import { to } from '../../lib/links'
import { importOf } from '../../lib/operation'

/** The import of the model that is under way, if there is one. */
export function useRunningImport(storedModelId: string): Operation | undefined {
  const { data } = useQuery(runningQuery)
  return importOf(storedModelId, data?.items ?? [])
}

/** What the import before asked for; without the credential where that import is forgotten. */
async function requestOf(model: StoredModel): Promise<ImportRequest> {
  const facts = model.sageMaker
  const request: ImportRequest = { modelName: facts?.name ?? model.modelMetaData.name ?? '', group: model.group, startLifecycles: 'every', deep: false, ...(facts?.region && { region: facts.region }) }
  const before = facts?.lastImport && (await get<Operation>(`${sageMaker}/operations/${encodeURIComponent(facts.lastImport.operationId)}`).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }))
  const { credentialId, deep } = before?.request ?? {}
  return { ...request, ...(typeof credentialId === 'string' && credentialId && { credentialId }), ...(deep === true && { deep }) }
}

export function ImportAgain({ model }: { model: StoredModel }) {
  const client = useQueryClient()
  const running = useRunningImport(model.id)
  const [wishes] = useState(keyKeeper)
  const lacksWrite = useLacks('WRITE', 'storedModels', model)
  const again = useMutation({
    mutationFn: async () => {
      const body = await requestOf(model)
      return send<Operation>('POST', `${sageMaker}/imports`, { body, idempotencyKey: wishes.of(body) })
    },
    onSuccess: ({ data }) => {
      void client.invalidateQueries({ queryKey: ['operations'] })
      window.location.hash = to.import(data.id)
    },
    onSettled: (_, error) => wishes.settled(error),
  })
  if (running) return <p className="note"><a className="cds--link" href={to.import(running.id)}>An import is under way</a></p>
  return (
    <>
      <Refusable size="sm" kind="tertiary" refusal={lacksWrite} disabled={again.isPending} onClick={() => again.mutate()}>Import again</Refusable>
      {again.isError && <ProblemView error={again.error} />}
    </>
  )
}
