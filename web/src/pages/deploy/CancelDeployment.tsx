import { Button } from '@carbon/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { send } from '../../api/client'
import { sageMaker } from '../../api/paths'
import type { Deployment, Operation } from '../../api/types'
import { canCancel } from '../../lib/deployment'

/** Gives up what AWS was not asked for yet, or has no room for. `failed` is told why it could not be. */
export function CancelDeployment({ deployment, failed }: { deployment: Deployment; failed: (error: Error | undefined) => void }) {
  const client = useQueryClient()
  const { operation } = deployment
  const cancel = useMutation({
    mutationFn: () => send<Operation>('POST', `${sageMaker}/operations/${encodeURIComponent(operation?.id ?? '')}/cancel`, {}),
    onMutate: () => failed(undefined),
    onError: failed,
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['deployedModels'] })
      void client.invalidateQueries({ queryKey: ['operations'] })
    },
  })
  if (!canCancel(deployment)) return null
  return <Button kind="danger--tertiary" disabled={cancel.isPending || operation?.cancelRequested === true} onClick={() => cancel.mutate()}>Cancel deployment</Button>
}
