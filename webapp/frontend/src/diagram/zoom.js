// How a drawing sits in its box. Overviews fit the width and make the box as high as that needs; task pages look at one step.
const FOOT = 46; // strip for the zoom buttons and the bpmn.io mark, which nothing may cover
const READABLE = 0.62; // below this the text of a task is guesswork; then rather look at one step
const CLOSE = 0.8;

export function fit(viewer, box, marks) {
  const target = focus(viewer, box, marks);
  if (target) centre(viewer, target, Number(box.dataset.bpmnZoom) || CLOSE);
  else fitWidth(viewer, box);
}

export function zoomButtons(viewer, box, marks) {
  const canvas = viewer.get('canvas');
  box.addEventListener('click', event => {
    const step = event.target.closest('[data-zoom]')?.dataset.zoom;
    if (step === 'fit') whole(viewer);
    else if (step) canvas.zoom(Math.min(3, Math.max(0.2, canvas.zoom() * (step === 'in' ? 1.25 : 0.8))));
  });
  let width = box.clientWidth;
  new ResizeObserver(() => {
    if (box.clientWidth === width || !box.clientWidth) return;
    width = box.clientWidth;
    canvas.resized();
    fit(viewer, box, marks);
  }).observe(box);
}

function focus(viewer, box, marks) {
  const registry = viewer.get('elementRegistry');
  const asked = registry.get(box.dataset.bpmnFocus);
  if (asked) return asked;
  if (widthScale(viewer, box) >= READABLE) return null;
  const busiest = Object.entries(marks.counts ?? {}).sort(([, a], [, b]) => (b.overdue ?? 0) - (a.overdue ?? 0) || (b.open ?? 0) - (a.open ?? 0))[0]?.[0];
  return registry.get(marks.current?.[0] ?? busiest) ?? (box.clientWidth < 640 ? registry.find(shape => shape.type === 'bpmn:StartEvent') : null);
}

const widthScale = (viewer, box) => Math.min(1, (box.clientWidth - 24) / viewer.get('canvas').viewbox().inner.width);

function fitWidth(viewer, box) {
  const canvas = viewer.get('canvas');
  const { inner } = canvas.viewbox();
  const scale = widthScale(viewer, box);
  const holder = box.querySelector('[data-bpmn-canvas]');
  const tallest = 'bpmnHeat' in box.dataset ? 840 : 620; // an overview is read, not glanced at
  const height = Math.round(Math.min(tallest, Math.max(220, inner.height * scale + 24 + FOOT)));
  holder.style.height = `${height}px`; // through CSSOM: an attribute would break the CSP
  canvas.resized();
  const fits = Math.min(scale, (height - 24 - FOOT) / inner.height);
  const width = box.clientWidth / fits;
  canvas.viewbox({ x: inner.x - (width - inner.width) / 2, y: inner.y - 12 / fits, width, height: height / fits });
}

function whole(viewer) {
  const canvas = viewer.get('canvas');
  canvas.zoom('fit-viewport', 'auto');
  canvas.zoom(canvas.zoom() * 0.94, 'auto');
}

function centre(viewer, shape, scale) {
  const canvas = viewer.get('canvas');
  canvas.zoom(scale);
  const { width, height } = canvas.viewbox();
  canvas.viewbox({ x: shape.x + shape.width / 2 - width / 2, y: shape.y + shape.height / 2 - height / 2, width, height });
}
