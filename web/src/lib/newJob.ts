/** A job as a person writes it down, and as the server takes it. */
import type { AssetInput, EngineSelector, Runtime } from '../api/types'
import { addressFault, externalAsset, formatOf, largestEmbedded } from './assets'
import { size } from './time'
import { splitWords } from './words'

export const jobTypes = [
  ['MODEL_BATCH_JOB', 'Scoring', 'Runs the score function; it reads the inputs and writes the outputs itself.'],
  ['MODEL_BATCH_TEST_JOB', 'Metrics', 'Runs the metrics function; the JSON that it writes or returns becomes a test result of the snapshot.'],
  ['MODEL_BATCH_TRAINING_JOB', 'Training', 'Runs the train function; it reads the inputs and writes what it makes itself.'],
] as const

export interface JobDraft {
  type: (typeof jobTypes)[number][0]
  /** Id of a runtime; empty for any Spark runtime of the group. */
  runtimeId: string
  inputs: string[]
  outputs: string[]
  /** Names of outputs that come back into the job itself, separated by commas. */
  kept: string
  parameters: string
}

/** Runtimes that a job of the snapshot may name, which of them the snapshot is meant for, and whether its group has several. */
export function runtimesFor<R extends Pick<Runtime, 'id' | 'name' | 'group' | 'state'>>(snapshot: { group: string; targetRuntimes?: readonly EngineSelector[] }, all: readonly R[]): { usable: R[]; meant: string | undefined; several: boolean } {
  const usable = all.filter((one) => one.state !== 'REMOVED')
  const wanted = snapshot.targetRuntimes?.[0]
  const meant = wanted && (usable.find((one) => one.id === wanted.id) ?? usable.find((one) => one.name === wanted.name && one.group === snapshot.group))
  return { usable, meant: meant?.id, several: usable.filter((one) => one.group === snapshot.group).length > 1 }
}

/** Files of this machine that go along with a job. */
export type JobFiles = readonly Pick<File, 'name' | 'size'>[]

/** Options of spark-submit, one a line: `--executor-memory 1g`, `-v`, `--conf spark.cores.max=2`. */
export function parseParameters(text: string): { values: Record<string, string>; fault?: string } {
  const values: Record<string, string> = {}
  for (const line of text.split('\n').map((one) => one.trim()).filter(Boolean)) {
    const conf = /^(?:--conf\s+)?(spark\.[\w.-]+)\s*=\s*(.*)$/.exec(line)
    const option = /^(--?[A-Za-z][\w-]*)(?:[\s=]+(.*))?$/.exec(line)
    if (conf?.[1]) values[conf[1]] = conf[2] ?? ''
    else if (option?.[1] && option[1] !== '--conf') values[option[1]] = option[2] ?? ''
    else return { values, fault: `“${line}” is no option. Write --option value, or spark.name=value.` }
  }
  return { values }
}

const given = (addresses: readonly string[]): string[] => addresses.map((one) => one.trim()).filter(Boolean)

/**
 * What keeps the job from being sent, in words; nothing when it can go. Without an input it can: a model may read tables.
 * @param several there are several runtimes, so that one has to be named.
 */
export function draftFault(draft: JobDraft, files: JobFiles, several = false): string | undefined {
  if (several && !draft.runtimeId) return 'Choose the runtime: the group has several.'
  if (draft.type !== 'MODEL_BATCH_TEST_JOB' && given(draft.outputs).length + splitWords(draft.kept).length === 0) return 'Say where the output goes, or name a file that is kept with the job.'
  const all = files.reduce((sum, file) => sum + file.size, 0)
  if (all > largestEmbedded) return `The files have ${size(all)} together; with a job there may go 16 MiB. Put them where the cluster can read them and give the address.`
  const names = [...files.map((file) => file.name), ...splitWords(draft.kept)]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) return `“${twice}” is there twice: each file needs a name of its own.`
  const odd = splitWords(draft.kept).find((name) => !/^[\w.-]+$/.test(name))
  if (odd) return `“${odd}” is no name of a file: letters, digits, dots, hyphens and underscores.`
  const wrong = [...given(draft.inputs), ...given(draft.outputs)].find((one) => addressFault(one) !== undefined)
  return wrong ? `“${wrong}” is no address of a file.` : parseParameters(draft.parameters).fault
}

/** An output whose content the runtime brings back. */
const keptAsset = (filename: string): AssetInput => ({ assetType: 'FILE', assetRole: 'UNKNOWN', name: filename, filename, fileFormat: formatOf(filename) })

/** @param files read already, as they are sent. */
export function jobRequest(draft: JobDraft, snapshotId: string, group: string, files: readonly AssetInput[] = []): object {
  const role = draft.type === 'MODEL_BATCH_TRAINING_JOB' ? 'TRAINING_DATA' : 'TEST_DATA'
  return {
    jobType: draft.type,
    group,
    model: { id: snapshotId },
    targetEngine: draft.runtimeId ? { id: draft.runtimeId } : { engineType: 'SPARK_RUNTIME' },
    inputData: [...given(draft.inputs).map((address) => externalAsset(role, address)), ...files.map((file) => ({ ...file, assetRole: role }))],
    outputData: [...given(draft.outputs).map((address) => externalAsset('UNKNOWN', address)), ...splitWords(draft.kept).map(keptAsset)],
    jobParameters: parseParameters(draft.parameters).values,
  }
}
