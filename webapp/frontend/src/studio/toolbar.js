// Buttons of the studio: <button data-do="undo">. Those that make no sense when reading are hidden by the style sheet.
import { besidePalette, fit } from './open.js';
import { toast } from '../app/toast.js';
import { xmlOf } from './changes.js';

export function toolbar(box, modeler, changes) {
  const canvas = modeler.get('canvas');
  const stack = modeler.get('commandStack', false);
  const zoom = factor => canvas.zoom(Math.min(4, Math.max(0.2, canvas.zoom() * factor)));
  const actions = {
    undo: () => stack?.undo(),
    redo: () => stack?.redo(),
    'zoom-in': () => zoom(1.2),
    'zoom-out': () => zoom(1 / 1.2),
    fit: () => fit(modeler, besidePalette(box)),
    minimap: () => modeler.get('minimap', false)?.toggle(),
    save: () => changes.save(),
    'export-xml': async () => download(await xmlOf(modeler), 'application/xml', 'bpmn'),
    'export-svg': async () => download((await modeler.saveSVG()).svg, 'image/svg+xml', 'svg'),
    simulate: async button => (await import('./simulation.js')).toggleSimulation(box, modeler, button),
  };

  box.addEventListener('click', event => {
    const button = event.target.closest('[data-do]');
    if (!button) return;
    Promise.resolve(actions[button.dataset.do]?.(button)).catch(error => toast(`操作未成功：${error.message}`, 'error'));
    button.closest('details')?.removeAttribute('open');
  });

  const states = () => {
    for (const [name, can] of [['undo', stack?.canUndo()], ['redo', stack?.canRedo()]]) {
      for (const button of box.querySelectorAll(`[data-do="${name}"]`)) button.disabled = !can;
    }
  };
  modeler.on('commandStack.changed', states);
  states();

  function download(text, type, extension) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = `${box.dataset.file || 'diagram'}.${extension}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}
