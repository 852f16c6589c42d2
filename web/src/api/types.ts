/** The contract's own names, from the types generated out of api/openapi.yaml. */
import type { components } from './schema.gen'

type S = components['schemas']

export type Problem = S['Problem']
export type PageInfo = S['PageInfo']
export type Session = S['Session']
/** What a list of models tells of each in one request. */
export interface ModelSummary {
  snapshots: number
  deployments: { deployedModelId: string; runtimeId: string; runtimeName: string; state: string }[]
  lastJob: { id: string; jobType: string; jobStatus: string; createdDate: string; lastModifiedDate: string; awsCreationTime?: string; jobEndTime?: number } | null
  openTickets: number
}

export type StoredModel = S['StoredModel'] & { summary?: ModelSummary }
export type DeployableModel = S['DeployableModel']
export type DeployedModel = S['DeployedModel']
export type ModelTestResult = S['ModelTestResult']
export type EngineSelector = S['EngineSelector']

/** Where Spark runs a job. */
export interface SparkApplication {
  id?: string
  attemptId?: string
  tag?: string
  trackingUrl?: string
  master?: string
  deployMode?: string
}

export type Job = S['Job'] & {
  sparkApplication?: SparkApplication
  /** What was run, without secrets. */
  effectiveCommand?: string[]
  /** Id of the job that this one repeats. */
  retryOf?: string
}

export type Runtime = S['Runtime'] & {
  instanceId?: string
  /** The cluster in its runtime's words: `state` and what else it tells. */
  cluster?: Record<string, unknown>
  /** Why it is in its state. */
  stateReason?: string
}
export type Notification = S['Notification']
export type AuditRecord = S['AuditRecord']
export type Asset = S['Asset']
export type AssetInput = S['AssetInput']
export type DataSchema = S['DataSchema']
export type SageMakerFacts = S['SageMakerFacts']
export type ProductionVariant = S['ProductionVariant']
export type User = S['User']
export type Client = S['Client']
export type ClientCreated = S['ClientCreated']
export type Credential = S['Credential']
export type CredentialInput = S['CredentialInput']
export type ModelBrowse = S['ModelBrowse']
export type BrowsedModel = S['BrowsedModel']
export type ImportRequest = S['ImportRequest']
export type Operation = S['Operation'] & { warnings?: string[] }
export type OperationStage = S['OperationStage']
export type OperationProblem = S['OperationProblem']
export type TaskList = S['TaskList']
export type Info = S['Info']
export type Health = S['Health']
export type ServerEvent = S['Event']

/** What every object carries. */
export type Envelope = S['Envelope']

/** One page of a collection, unpacked. */
export interface Listing<T> {
  items: T[]
  page: PageInfo
}
