/** A folder or a single program as a model: roles by file name, the program that runs by its comments, as the command line reads them. */
import type { AssetInput, DataSchema } from '../api/types'
import { base64, largestEmbedded } from './assets'
import { isPrivateKey, secretReason } from './keyFiles'
import { sourceText } from './sourceText'
import { size } from './time'

export interface SourceFile {
  /** Within the folder. */
  path: string
  bytes: Uint8Array
}

/** What stays on the machine, and why. */
export interface LeftOut {
  /** Within the folder; a folder that is left out whole ends with a slash. */
  path: string
  reason: string
  /** It is, or may be, a key or a password. */
  key: boolean
}

export interface Source {
  /** Of the folder, or of the program without its ending. */
  name: string
  programs: string[]
  /** The program that runs, where that is clear. */
  primary?: string
  files: SourceFile[]
  leftOut: LeftOut[]
}

/** Why a file or folder is not taken, by its name; empty where it is. */
function reasonFor(path: string): Pick<LeftOut, 'reason' | 'key'> | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const secret = secretReason(path)
  if (secret) return { reason: secret, key: true }
  if (/^(__pycache__|node_modules|venv)$|\.pyc$/.test(name)) return { reason: 'it is a cache or an environment of Python or Node.js', key: false }
  return name.startsWith('.') ? { reason: 'it is hidden', key: false } : undefined
}

/** Of the file, or of the outermost folder around it that is left out whole. */
function leftOut({ path, bytes }: SourceFile): LeftOut | undefined {
  const parts = path.split('/')
  for (let count = 1; count <= parts.length; count++) {
    const whole = parts.slice(0, count).join('/')
    const found = reasonFor(whole)
    if (found) return { path: count < parts.length ? `${whole}/` : whole, ...found }
  }
  return !/\.py$/i.test(path) && isPrivateKey(bytes) ? { path, reason: 'it has a private key in it', key: true } : undefined
}

/** A comment of its own line that names what a function does. */
const marked = /^[ \t]*#[ \t]*modelop\.(init|score|metrics|train)\b/m

const text = (bytes: Uint8Array): string => sourceText(bytes).text

const mostFiles = 500
/** Together, so that with their encoding they fit one request. */
const mostBytes = largestEmbedded

export function readSource(name: string, all: readonly SourceFile[]): Source {
  const judged = all.map((file) => ({ file, out: leftOut(file) })).sort((a, b) => a.file.path.localeCompare(b.file.path))
  const files = judged.filter(({ out }) => !out).map(({ file }) => file)
  const left = new Map(judged.flatMap(({ out }) => (out ? [[out.path, out] as const] : [])))
  const programs = files.filter((file) => /\.py$/i.test(file.path))
  const clear = programs.length === 1 ? programs : programs.filter((file) => marked.test(text(file.bytes)))
  return { name, programs: programs.map((file) => file.path), ...(clear.length === 1 && { primary: clear[0]!.path }), files, leftOut: [...left.values()] }
}

/** @return why it cannot be added; nothing when it can. */
export function sourceFault(source: Source | undefined, primary: string): string | undefined {
  if (!source) return 'Still needed: the program, or its folder.'
  if (source.programs.length === 0) return 'There is no Python program (*.py) in it.'
  if (!source.programs.includes(primary)) return 'Still needed: which program runs.'
  if (source.files.length > mostFiles) return `It has ${source.files.length} files, at most ${mostFiles} are taken. Choose the folder of the model alone.`
  const strange = source.files.find((file) => /\.(py|avsc)$/i.test(file.path) && sourceText(file.bytes).fault)
  if (strange) return `${strange.path} cannot be read: ${sourceText(strange.bytes).fault}`
  const bytes = source.files.reduce((sum, file) => sum + file.bytes.length, 0)
  return bytes > mostBytes ? `Together its files have ${size(bytes)}, at most 16 MiB are taken. Put the large ones into a store and give their addresses in the next step.` : undefined
}

/** What a person should hear before it is added: a job of it would fail, or run other than meant. */
export function sourceDoubts(source: Source, primary: string): string[] {
  const marks = (path: string) => source.files.filter((file) => file.path === path).flatMap((file) => [...text(file.bytes).matchAll(new RegExp(marked, 'gm'))].map(([, mark]) => mark!))
  const own = marks(primary)
  const doubts = [...new Set(own)].filter((mark) => own.indexOf(mark) !== own.lastIndexOf(mark)).map((mark) => `${primary} has # modelop.${mark} more than once: mark only the function that runs, else a job fails.`)
  const others = primary ? source.programs.filter((path) => path !== primary && marks(path).length > 0) : []
  return [...doubts, ...others.map((path) => `${path} has # modelop comments, too: only those of ${primary} count.`)]
}

/** The role that a file's name tells. */
export function roleOf(path: string): string {
  const name = path.split('/').at(-1)!.toLowerCase()
  if (name.startsWith('readme')) return 'README_FILE'
  if (/^requirements.*\.txt$/.test(name)) return 'REQUIRED_LIBRARIES'
  if (name.endsWith('.dmn')) return 'TEST_RESULT_COMPARATOR'
  if (/\.(pkl|pickle|joblib|h5|onnx|pt|pth|pb|bin|model)$/.test(name)) return 'WEIGHTS_FILE'
  if (/\.(pdf|docx|md)$/.test(name)) return 'MODEL_DOCUMENTATION'
  if (!/\.(csv|json|parquet|avro|tsv|txt)$/.test(name)) return 'UNKNOWN'
  if (name.includes('train')) return 'TRAINING_DATA'
  if (name.includes('baseline')) return 'BASELINE_DATA'
  if (name.includes('comparator')) return 'COMPARATOR_DATA'
  return name.includes('test') || name.includes('holdout') ? 'TEST_DATA' : 'UNKNOWN'
}

const formats = new Set(['CSV', 'JSON', 'PARQUET', 'AVRO'])

function assetOf({ path, bytes }: SourceFile, primary: string): AssetInput {
  if (/\.py$/i.test(path)) {
    return { assetType: 'SOURCE_CODE', assetRole: 'MODEL_SOURCE', name: path, sourceCodeFilePath: path, sourceCodeType: 'MODEL', sourceCode: text(bytes), ...(path === primary && { primaryModelSource: true }) }
  }
  const format = path.split('.').at(-1)!.toUpperCase()
  return { assetType: 'FILE', assetRole: roleOf(path), name: path, filename: path, fileFormat: formats.has(format) ? format : 'UNKNOWN', fileContent: base64(bytes) }
}

const isSchema = (file: SourceFile): boolean => /\.avsc$/i.test(file.path)

/** Assets, the program that runs first. */
export function assetsOf(source: Source, primary: string): AssetInput[] {
  const files = source.files.filter((file) => !isSchema(file))
  return [...files.filter((file) => file.path === primary), ...files.filter((file) => file.path !== primary)].map((file) => assetOf(file, primary))
}

/** Schemas by what their names say they are of. @throws SyntaxError for one that is no JSON. */
export function schemasOf(source: Source): { inputSchema?: DataSchema[]; outputSchema?: DataSchema[] } {
  const all = source.files.filter(isSchema).map((file) => ({ output: /output/i.test(file.path), schema: { name: file.path, schemaDefinition: JSON.parse(text(file.bytes)) as Record<string, unknown> } }))
  const [inputs, outputs] = [all.filter((one) => !one.output), all.filter((one) => one.output)].map((ones) => ones.map((one) => one.schema))
  return { ...(inputs!.length > 0 && { inputSchema: inputs! }), ...(outputs!.length > 0 && { outputSchema: outputs! }) }
}
