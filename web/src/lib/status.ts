/** What a state means: a word, a tone and never colour alone. */
export type Tone = 'good' | 'bad' | 'warning' | 'busy' | 'idle'

const tones: Record<string, Tone> = {
  // jobs
  CREATED: 'idle', WAITING: 'busy', RUNNING: 'busy', COMPLETE: 'good', ERROR: 'bad', CANCELLED: 'idle',
  // deployments
  DEPLOYING: 'busy', DEPLOYED: 'good', FAILED: 'bad', UNDEPLOYING: 'busy', UNDEPLOYED: 'idle',
  // tickets
  OPEN: 'warning', APPROVED: 'good', REJECTED: 'bad', EXPIRED: 'idle', UNDECIDED: 'idle',
  // verdicts
  CONFLICT: 'bad', TIMED_OUT: 'bad', ROLLED_BACK: 'bad', PASSED: 'good', NOT_EVALUATED: 'warning',
  // life cycles
  ACTIVE: 'busy', COMPLETED: 'good', EXTERNALLY_TERMINATED: 'idle', INTERNALLY_TERMINATED: 'bad', STUCK: 'bad', WAITS_FOR_PERSON: 'warning', OVERDUE: 'bad', AT: 'busy', DONE: 'good', AHEAD: 'idle', LEFT_OUT: 'idle', ABORTED: 'idle',
  // how "SageMaker deploy model" ends
  ENDED: 'idle', ALREADY_DEPLOYED: 'good', TRANSFORM_FAILED: 'bad', DEPLOY_FAILED: 'bad', NOT_SAGEMAKER: 'idle',
  // runtimes
  INIT: 'busy', ONLINE: 'good', OFFLINE: 'warning', REMOVED: 'idle',
  // AWS
  InService: 'good', Creating: 'busy', Updating: 'busy', SystemUpdating: 'busy', RollingBack: 'warning', Deleting: 'busy', OutOfService: 'bad',
  UpdateRollbackFailed: 'bad', Failed: 'bad', Completed: 'good', InProgress: 'busy', Stopping: 'busy', Stopped: 'idle',
  // severities, health
  Works: 'good', Refused: 'bad', Unchecked: 'warning', Present: 'good', Missing: 'warning', Incomplete: 'warning', INFO: 'idle', WARNING: 'warning', CRITICAL: 'bad', UP: 'good', DOWN: 'bad', OUT_OF_SERVICE: 'bad', PARTIAL: 'warning',
  // clusters
  'Up to date': 'good', Looking: 'busy', 'Held back': 'warning', 'Out of reach': 'bad', Imported: 'idle',
  ALIVE: 'good', STARTED: 'good', STANDBY: 'warning', RECOVERING: 'busy', COMPLETING_RECOVERY: 'busy',
}

const words: Record<string, string> = {
  CREATED: 'Created', WAITING: 'Waiting', RUNNING: 'Running', COMPLETE: 'Complete', ERROR: 'Failed', CANCELLED: 'Cancelled', PARTIAL: 'Complete with problems',
  DEPLOYING: 'Deploying', DEPLOYED: 'Deployed', FAILED: 'Failed', UNDEPLOYING: 'Undeploying', UNDEPLOYED: 'Undeployed',
  OPEN: 'Open', APPROVED: 'Approved', REJECTED: 'Rejected', EXPIRED: 'Expired', UNDECIDED: 'Not decided', CONFLICT: 'Conflict', TIMED_OUT: 'Timed out', ROLLED_BACK: 'Rolled back', PASSED: 'Passed', NOT_EVALUATED: 'Not evaluated',
  INIT: 'Starting', ONLINE: 'Online', OFFLINE: 'Offline', REMOVED: 'Removed', INFO: 'Info', WARNING: 'Warning', UP: 'Up', DOWN: 'Down', OUT_OF_SERVICE: 'Out of service',
  ACTIVE: 'Running', COMPLETED: 'Ended', EXTERNALLY_TERMINATED: 'Cancelled', INTERNALLY_TERMINATED: 'Failed', STUCK: 'Stuck', WAITS_FOR_PERSON: 'Waits for a person', OVERDUE: 'Overdue', ENDED: 'Ended', AT: 'Here now', DONE: 'Done', AHEAD: 'Comes', LEFT_OUT: 'Not taken', ABORTED: 'Left before its end',
  Unchecked: 'Could not be checked', ALIVE: 'Alive', STARTED: 'Started', STANDBY: 'Standby', RECOVERING: 'Recovering', COMPLETING_RECOVERY: 'Recovering',
}

/** How serious a notification is: an error of its object, not a failure of the notification. */
const severities: Record<string, string> = { CRITICAL: 'Critical', ERROR: 'Error', WARNING: 'Warning', INFO: 'Info' }
export const severityWord = (severity: string): string => severities[severity] ?? severity

export const isKnownState = (state: string): boolean => state in tones
export const toneOf = (state: string): Tone => tones[state] ?? 'idle'
export const wordOf = (state: string): string => words[state] ?? state

const types: Record<string, string> = {
  SAGEMAKER: 'SageMaker', PYSPARK: 'PySpark', PYTHON: 'Python', UNKNOWN: 'Not said',
  SAGEMAKER_RUNTIME: 'SageMaker endpoint', SPARK_RUNTIME: 'Spark', MODEL_OP_ENGINE: 'ModelOp engine',
  MODEL_BATCH_JOB: 'Scoring', MODEL_BATCH_TEST_JOB: 'Metrics', MODEL_BATCH_TRAINING_JOB: 'Training',
  TRANSFORM_JOB: 'SageMaker transform', TRAINING_JOB: 'SageMaker training',
  BASIC: 'Access key', ASSUME_ROLE_WITH_WEB_IDENTITY: 'Role by web identity', DEFAULT_CHAIN: "The server's own",
  SOURCE_CODE: 'Source code', FILE: 'Embedded file', EXTERNAL_FILE: 'File elsewhere',
  MODEL_SOURCE: 'Source', TRAINING_DATA: 'Training data', TEST_DATA: 'Test data', BASELINE_DATA: 'Baseline data', COMPARATOR_DATA: 'Comparator data',
  TEST_RESULT_COMPARATOR: 'Comparator', MODEL_DOCUMENTATION: 'Documentation', README_FILE: 'Read me', REQUIRED_LIBRARIES: 'Required libraries', WEIGHTS_FILE: 'Weights',
}

/** A type or role in words; unknown ones as they are. */
export const typeName = (type: string | undefined): string => (type ? (types[type] ?? type) : '')
