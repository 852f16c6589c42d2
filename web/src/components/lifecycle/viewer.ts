/** The viewer of diagrams, in a chunk of its own: nothing but a page with a diagram loads it. Its licence wants its mark to stay visible. */
import 'diagram-js/assets/diagram-js.css'
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer'

export { NavigatedViewer }
