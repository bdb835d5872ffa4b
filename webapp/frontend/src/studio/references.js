// `<loopDataInputRef>experts</loopDataInputRef>` names a variable, not an element. bpmn-moddle looks for an element, finds none
// and would drop the line on saving; so the missing targets get stand-ins that are written back by their id.
const LOOP = ['bpmn:loopDataInputRef', 'bpmn:loopDataOutputRef'];

export function keepLoopReferences(viewer) {
  viewer.get('eventBus').once('import.parse.complete', 3000, ({ references, elementsById }) => {
    for (const { element, property, id } of references ?? []) {
      if (LOOP.includes(property) && !elementsById[id]) element.set(property, variable(viewer.get('moddle'), id));
    }
  });
}

export const variable = (moddle, id) => moddle.create('bpmn:Property', { id });
