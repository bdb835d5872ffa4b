// 仿真: tokens walk through the drawing in a viewer of its own, laid over the canvas. It shows the shape of the flow only;
// conditions, forms and deadlines are played by the real engine on the server.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import TokenSimulation from 'bpmn-js-token-simulation/lib/viewer';
import { textRenderer } from '../diagram/text.js';
import { spiffworkflow } from './moddle.js';
import { fit, load } from './open.js';
import { xmlOf } from './changes.js';
import { chinese } from './translate.js';

let running = null;

export async function toggleSimulation(box, modeler, button) {
  button.setAttribute('aria-pressed', String(!running));
  if (running) {
    running.destroy();
    box.querySelector('[data-simulation]').remove();
    running = null;
    return;
  }
  const layer = document.createElement('div');
  layer.className = 'gh-studio-simulation';
  layer.dataset.simulation = '1';
  box.querySelector('[data-studio-canvas]').append(layer);
  running = new NavigatedViewer({
    container: layer, textRenderer: textRenderer(), moddleExtensions: { spiffworkflow }, additionalModules: [TokenSimulation, chinese],
  });
  await load(running, await xmlOf(modeler));
  fit(running, 96);
  running.get('toggleMode').toggleMode(true);
}
