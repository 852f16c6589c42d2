/** Why a snapshot is deployed or not, with the next step. */
import type { DeployableModel, DeployedModel } from '../api/types'

const names = (all: readonly DeployedModel[]): string => all.map((one) => one.engine.name ?? 'a runtime').join(', ')

/** @return why what is deployed cannot be deleted, and what ends the deployment; nothing when it can. */
export function deleteRefusal(all: readonly Pick<DeployedModel, 'state' | 'engine'>[]): string | undefined {
  const live = all.filter((one) => one.state !== 'UNDEPLOYED' && one.state !== 'FAILED')
  if (live.length === 0) return undefined
  const where = live.map((one) => one.engine.name ?? 'a runtime').join(', ')
  const inAws = live.some((one) => one.engine.engineType === 'SAGEMAKER_RUNTIME')
  return `It is deployed on ${where}.${inAws ? ' Undeploy it first.' : ''}`
}

export function deployedBecause(snapshot: DeployableModel, all: readonly DeployedModel[]): string {
  const inState = (state: string) => all.filter((one) => one.state === state)
  const live = inState('DEPLOYED')
  const failed = inState('FAILED')
  const moving = [...inState('DEPLOYING'), ...inState('UNDEPLOYING')]
  const then = [moving.length > 0 && `A change is under way on ${names(moving)}.`, failed.length > 0 && `On ${names(failed)} it failed: open that deployment to see what AWS says.`].filter(Boolean).join(' ')
  if (live.length > 0) return `${names(live)} ${snapshot.sageMaker ? 'uses its configuration' : 'serves it'}. ${then}`.trim()
  if (then) return then
  if (snapshot.sageMaker?.generated && !snapshot.sageMaker.arn) return 'AWS has no endpoint configuration for it yet. Press Deploy: one is made, and an endpoint with it.'
  if (snapshot.sageMaker?.gone) return 'Its configuration was deleted in AWS, so no endpoint can use it.'
  if (snapshot.sageMaker) return 'No endpoint of the account uses its configuration. Press Deploy to put it on one.'
  return 'Nothing serves it: batch jobs run from the snapshot itself. Press New job to run one.'
}
