/** The contract's own names, from the types generated out of api/openapi.yaml. */
import type { components } from './schema.gen'

type S = components['schemas']

export type Problem = S['Problem']
/** Of a numbered page: the page never walks by cursor. */
export type PageInfo = S['PageInfo'] & Required<Pick<S['PageInfo'], 'totalElements' | 'totalPages'>>
export type Session = S['Session']
/** How one signs in. */
export type Login = S['Login']
/** What a list of models tells of each in one request. */
export type ModelSummary = S['ModelSummary']
export type StoredModel = S['StoredModel']
export type DeployableModel = S['DeployableModel']
export type DeployedModel = S['DeployedModel']
/** How a deployment goes. */
export type Deployment = S['Deployment']
export type DeploymentInput = S['DeploymentInput']
export type JobOutputs = S['JobOutputs']
export type ModelTestResult = S['ModelTestResult']
export type EngineSelector = S['EngineSelector']
export type Job = S['Job']
export type Runtime = S['Runtime']
export type Notification = S['Notification']
export type AuditRecord = S['AuditRecord']
export type Asset = S['Asset']
export type AssetInput = S['AssetInput']
export type DataSchema = S['DataSchema']
export type SageMakerFacts = S['SageMakerFacts']
export type User = S['User']
export type Client = S['Client']
export type ClientCreated = S['ClientCreated']
export type Credential = S['Credential']
export type CredentialInput = S['CredentialInput']
export type ModelBrowse = S['ModelBrowse']
export type BrowsedModel = S['BrowsedModel']
export type ImportRequest = S['ImportRequest']
export type Operation = S['Operation']
export type LastImport = S['LastImport']
export type UnreadStage = S['UnreadStage']
export type Sync = S['Sync']
export type SyncedAccount = S['SyncedAccount']
export type JobDefaults = S['JobDefaults']
export type OperationStage = S['OperationStage']
export type OperationProblem = S['OperationProblem']
export type TaskList = S['TaskList']
export type Info = S['Info']
export type Health = S['Health']
export type ServerEvent = S['Event']
/** Why something is as it is, from recorded facts. */
export type Why = S['Why']
export type ProcessDefinition = S['ProcessDefinition']
/** An instance of a life cycle, also one that has ended. */
export type Instance = S['PastProcessInstance']
export type Visit = S['PastActivity']
export type Variable = S['PastVariable']
export type Incident = S['Incident']
/** A step of a life cycle that waits for a person. */
export type UserTask = S['UserTask']
export type EngineJob = S['EngineJob']
export type MlcDeployment = S['MlcDeployment']
export type MlcRemark = S['MlcRemark']

/** One page of a collection, unpacked. */
export interface Listing<T> {
  items: T[]
  page: PageInfo
}
