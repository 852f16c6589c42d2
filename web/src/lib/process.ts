/** A process as its file says: steps in the order in which a person reads them, and what may follow what. Without a screen. */
import { BpmnModdle } from 'bpmn-moddle'

/** What of a BPMN element is used here. */
interface Element {
  $type: string
  id?: string
  name?: string
  documentation?: { text?: string }[]
  flowElements?: Element[]
  rootElements?: Element[]
  sourceRef?: Element
  targetRef?: Element
  attachedToRef?: Element
  eventDefinitions?: Element[]
  cancelActivity?: boolean
  triggeredByEvent?: boolean
  isExecutable?: boolean
  extensionElements?: { values?: Extension[] }
}

/** An element of another namespace, as it stands in the file. */
interface Extension {
  $type: string
  $children?: Extension[]
  [attribute: string]: unknown
}

/** A field of the form of a task for people (`camunda:formField`). */
export interface FormField {
  id: string
  label: string
  type: 'string' | 'long' | 'boolean' | 'date' | 'enum'
  initial?: string
  values: { id: string; name: string }[]
  required: boolean
  readonly: boolean
  min?: number
  max?: number
  minlength?: number
  maxlength?: number
}

export interface Step {
  id: string
  name: string
  /** What it is, in words. */
  kind: string
  /** What its maker wrote about it. */
  note?: string
  /** 1 for steps of the process itself; one more inside a subprocess and for what hangs at a step. */
  level: number
  /** The subprocess that it stands in. */
  parent?: string
  /** The step that it hangs at. */
  at?: string
  /** Of a task for people: what its form asks for. */
  fields?: FormField[]
  /** Steps that may come straight after it, with the way in and out of subprocesses. */
  next: string[]
}

export interface Outline {
  steps: Step[]
  /** Whether the file has a picture. */
  drawn: boolean
}

const kinds: Record<string, string> = {
  StartEvent: 'Start', EndEvent: 'End', IntermediateCatchEvent: 'Wait', IntermediateThrowEvent: 'Event', BoundaryEvent: 'Event', ServiceTask: 'Task', SendTask: 'Message', ReceiveTask: 'Wait for a message',
  UserTask: 'Task of a person', ManualTask: 'Task by hand', ScriptTask: 'Script', BusinessRuleTask: 'Decision table', Task: 'Task', SubProcess: 'Subprocess', Transaction: 'Subprocess', AdHocSubProcess: 'Subprocess', CallActivity: 'Other life cycle',
  ExclusiveGateway: 'Decision', InclusiveGateway: 'Several ways', ParallelGateway: 'All ways', EventBasedGateway: 'First event', ComplexGateway: 'Decision',
}
const events: Record<string, string> = { Timer: 'Timer', Message: 'Message', Signal: 'Signal', Error: 'Error', Escalation: 'Escalation', Terminate: 'End of all', Compensate: 'Compensation', Conditional: 'Condition', Link: 'Link', Cancel: 'Cancel' }

const bare = (type: string): string => type.replace(/^bpmn:/, '')

function kindOf(element: Element): string {
  const type = bare(element.$type)
  const event = events[bare(element.eventDefinitions?.[0]?.$type ?? '').replace('EventDefinition', '')]
  if (type === 'BoundaryEvent') return `${event ?? 'Event'}${element.cancelActivity === false ? ', beside it' : ''}`
  if (type === 'SubProcess' && element.triggeredByEvent) return 'Subprocess by an event'
  return event && type !== 'StartEvent' && type !== 'EndEvent' ? event : (kinds[type] ?? type)
}

const isFlow = (element: Element): boolean => element.$type === 'bpmn:SequenceFlow'
const isStep = (element: Element): boolean => element.id !== undefined && bare(element.$type) in kinds

/** @throws Error with the reader's words for what is no BPMN. */
export async function readOutline(xml: string): Promise<Outline> {
  const { rootElement } = (await new BpmnModdle().fromXML(xml)) as unknown as { rootElement: Element & { diagrams?: unknown[] } }
  const process = (rootElement.rootElements ?? []).filter((one) => one.$type === 'bpmn:Process')
  const steps = process.flatMap((one) => scope(one, 1, undefined))
  return { steps, drawn: (rootElement.diagrams ?? []).length > 0 }
}

function scope(of: Element, level: number, parent: string | undefined): Step[] {
  const inside = of.flowElements ?? []
  const elements = inside.filter(isStep)
  const flows = inside.filter(isFlow)
  const attached = (id: string | undefined) => elements.filter((one) => one.attachedToRef?.id === id && id !== undefined)
  const follow = (one: Element): Element[] => flows.filter((flow) => flow.sourceRef?.id === one.id).flatMap((flow) => flow.targetRef ?? [])
  const out: Step[] = []
  for (const element of inOrder(elements, follow, attached)) add(element, level)
  return out

  function add(element: Element, at: number): void {
    const id = element.id!
    const note = element.documentation?.[0]?.text?.trim()
    const fields = fieldsOf(element)
    const within = scope(element, at + 1, id)
    const hanging = attached(id)
    const entries = starts(element)
    out.push({
      id, name: element.name?.replace(/\s+/g, ' ').trim() || kindOf(element), kind: kindOf(element), level: at, ...(note && { note }), ...(fields.length > 0 && { fields }), ...(parent && { parent }), ...(element.attachedToRef?.id && { at: element.attachedToRef.id }),
      next: [...follow(element).map((one) => one.id!), ...hanging.map((one) => one.id!), ...entries],
    })
    out.push(...within)
    for (const one of hanging) add(one, at + 1)
  }
}

const inner = (of: Extension | undefined, name: string): Extension[] => (of?.$children ?? []).filter((one) => one.$type.split(':').at(-1) === name)
const textOf = (of: Extension, name: string): string | undefined => (typeof of[name] === 'string' && of[name] !== '' ? (of[name] as string) : undefined)
const fieldTypes: readonly FormField['type'][] = ['string', 'long', 'boolean', 'date', 'enum']

/** What `camunda:formData` asks for. A default that must be worked out is left to the process. */
function fieldsOf(element: Element): FormField[] {
  const form = element.extensionElements?.values?.find((one) => one.$type.split(':').at(-1) === 'formData')
  return inner(form, 'formField').flatMap((field) => {
    const id = textOf(field, 'id')
    if (!id) return []
    const rules = inner(inner(field, 'validation')[0], 'constraint')
    const rule = (name: string) => rules.find((one) => one.name === name)
    const bound = (name: string) => {
      const value = Number.parseInt(String(rule(name)?.config ?? ''), 10)
      return Number.isNaN(value) ? {} : { [name]: value }
    }
    const set = (name: string) => rule(name) !== undefined && rule(name)?.config !== 'false'
    const initial = textOf(field, 'defaultValue')
    return [{
      id, label: textOf(field, 'label') ?? id, type: fieldTypes.find((type) => type === field.type) ?? 'string',
      ...(initial && !/[$#]\{/.test(initial) && { initial }),
      values: inner(field, 'value').map((one) => ({ id: textOf(one, 'id') ?? '', name: textOf(one, 'name') ?? textOf(one, 'id') ?? '' })),
      required: set('required'), readonly: set('readonly'), ...bound('min'), ...bound('max'), ...bound('minlength'), ...bound('maxlength'),
    }]
  })
}

/** Where a subprocess begins, with what an event may begin in it. */
function starts(element: Element): string[] {
  const inside = (element.flowElements ?? []).filter(isStep)
  const reached = new Set((element.flowElements ?? []).filter(isFlow).map((flow) => flow.targetRef?.id))
  return inside.filter((one) => !reached.has(one.id) && !one.attachedToRef).map((one) => one.id!)
}

/** Along the flows, so that a step stands after what leads to it; the first way out of a step comes first. What hangs at a step is put there by the caller. */
function inOrder(elements: Element[], follow: (one: Element) => Element[], attached: (id: string | undefined) => Element[]): Element[] {
  const seen = new Set<string>()
  const from = (roots: Element[]): Element[] => {
    const finished: Element[] = []
    const visit = (element: Element): void => {
      if (seen.has(element.id!)) return
      seen.add(element.id!)
      const after = [...follow(element), ...attached(element.id).flatMap(follow)]
      for (const next of after.reverse()) visit(next)
      finished.push(element)
    }
    roots.toReversed().forEach(visit)
    return finished.reverse()
  }
  const started = from(elements.filter((one) => one.$type === 'bpmn:StartEvent'))
  // What nothing leads to stands last: event subprocesses.
  return [...started, ...from(elements)].filter((one) => !one.attachedToRef)
}

/** Ids of what may still come after these. Inside a subprocess that is left, what follows it comes too: it is among them itself. */
export function ahead(steps: readonly Step[], here: readonly string[]): Set<string> {
  const byId = new Map(steps.map((step) => [step.id, step]))
  const found = new Set<string>()
  const todo = here.flatMap((id) => byId.get(id)?.next ?? [])
  // Where something runs, an event may begin a subprocess beside it.
  const beside = new Set(here.map((id) => byId.get(id)?.parent))
  if (here.length > 0) todo.push(...steps.filter((step) => step.kind === 'Subprocess by an event' && (beside.has(step.parent) || step.parent === undefined)).map((step) => step.id))
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    if (found.has(id)) continue
    found.add(id)
    todo.push(...(byId.get(id)?.next ?? []))
  }
  return found
}
