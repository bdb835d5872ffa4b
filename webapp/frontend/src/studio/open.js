// Opens the drawing: the full modeler, or a reader for people who may only look and for phones.
import ColorPicker from 'bpmn-js-color-picker';
import Lint from 'bpmn-js-bpmnlint';
import Minimap from 'diagram-js-minimap';
import Modeler from 'bpmn-js/lib/Modeler';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule } from 'bpmn-js-properties-panel';
import { textRenderer } from '../diagram/text.js';
import { linting } from './lint.js';
import { spiffworkflow } from './moddle.js';
import { propertiesModule } from './panel/provider.js';
import { keepLoopReferences } from './references.js';
import { translateTitles } from './titles.js';
import { chinese } from './translate.js';

export async function openEditor(box, data) {
  const modeler = new Modeler({
    container: box.querySelector('[data-studio-canvas]'),
    textRenderer: textRenderer(),
    moddleExtensions: { spiffworkflow },
    propertiesPanel: { parent: box.querySelector('[data-studio-panel]') },
    linting: linting(data),
    additionalModules: [
      BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, propertiesModule(data), Minimap, ColorPicker, Lint, chinese,
    ],
  });
  await load(modeler, data.xml);
  modeler.get('canvas').resized();
  fit(modeler, besidePalette(box));
  followSize(modeler, box);
  translateTitles(box.querySelector('[data-studio-panel]'));
  const wanted = modeler.get('elementRegistry').get(box.dataset.select);
  // The panel listens to selections only after its first rendering.
  if (wanted) setTimeout(() => modeler.get('selection').select(wanted), 120);
  return modeler;
}

// The palette breaks into two columns when the canvas is low; it asks again only when told of a new size.
function followSize(modeler, box) {
  new ResizeObserver(() => modeler.get('canvas').resized()).observe(box.querySelector('[data-studio-canvas]'));
}

export async function openReader(box, data) {
  const viewer = new NavigatedViewer({
    container: box.querySelector('[data-studio-canvas]'),
    textRenderer: textRenderer(),
    moddleExtensions: { spiffworkflow },
    additionalModules: [chinese],
  });
  await load(viewer, data.xml);
  fit(viewer, 12);
  return viewer;
}

export async function load(viewer, xml) {
  keepLoopReferences(viewer);
  const { warnings } = await viewer.importXML(xml);
  for (const warning of warnings) console.info(warning.message);
}

// Where the palette ends: it has one column or two, by the height of the canvas.
export const besidePalette = box => 44 + (box.querySelector('.djs-palette')?.offsetWidth ?? 0);

// The whole drawing, with space at the left for the palette.
export function fit(viewer, left) {
  const canvas = viewer.get('canvas');
  canvas.resized();
  const { inner, outer } = canvas.viewbox();
  const scale = Math.min(1.2, (outer.width - left - 24) / inner.width, (outer.height - 48) / inner.height);
  canvas.viewbox({
    x: inner.x - left / scale,
    y: inner.y - (outer.height / scale - inner.height) / 2,
    width: outer.width / scale,
    height: outer.height / scale,
  });
}
