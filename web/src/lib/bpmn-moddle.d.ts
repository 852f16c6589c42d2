/** The package has no types of its own for what is used here. */
declare module 'bpmn-moddle' {
  export class BpmnModdle {
    /** @throws Error for what is no BPMN file. */
    fromXML(xml: string): Promise<{ rootElement: object }>
  }
}
