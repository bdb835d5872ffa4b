// Read-only diagrams on task, case and overview pages: every element with data-bpmn (see templates/ui/diagram.html).
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { readJson } from './diagram/data.js';
import { showDetail } from './diagram/detail.js';
import { mark } from './diagram/marks.js';
import { textRenderer } from './diagram/text.js';
import { inWords } from './diagram/words.js';
import { fit, zoomButtons } from './diagram/zoom.js';

for (const box of document.querySelectorAll('[data-bpmn]')) open(box).catch(error => fail(box, error));

async function open(box) {
  const viewer = new NavigatedViewer({
    container: box.querySelector('[data-bpmn-canvas]'),
    textRenderer: textRenderer(),
    zoomScroll: { enabled: false },
  });
  await viewer.importXML(await source(box));
  const marks = readJson(box.dataset.bpmnMarks) ?? {};
  mark(viewer, marks, 'bpmnHeat' in box.dataset);
  fit(viewer, box, marks);
  zoomButtons(viewer, box, marks);
  wheelAfterClick(viewer, box);
  showDetail(viewer, box, marks);
  inWords(viewer, box, marks);
  paintAgain(viewer, box);
  box.dataset.ready = '1';
}

// The overview's poll brings new figures: the drawing stays, only what is painted on it changes.
function paintAgain(viewer, box) {
  let painted = document.getElementById(box.dataset.bpmnMarks)?.textContent;
  document.addEventListener('htmx:after:swap', () => {
    const text = document.getElementById(box.dataset.bpmnMarks)?.textContent;
    if (!text || text === painted) return;
    painted = text;
    box.ghMarks = JSON.parse(text);
    mark(viewer, box.ghMarks, 'bpmnHeat' in box.dataset);
  });
}

async function source(box) {
  if (box.dataset.bpmnXml) return readJson(box.dataset.bpmnXml);
  const response = await fetch(box.dataset.bpmnUrl, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.text();
}

// A wheel that zooms a diagram one only wanted to scroll past is a nuisance: it works after a click, until the mouse leaves.
function wheelAfterClick(viewer, box) {
  const wheel = viewer.get('zoomScroll');
  box.addEventListener('click', () => wheel.toggle(true));
  box.addEventListener('mouseleave', () => wheel.toggle(false));
}

function fail(box, error) {
  console.warn(error);
  const note = document.createElement('p');
  note.className = 'gh-muted gh-card-body';
  note.textContent = `流程图未能显示。${box.querySelector('[data-bpmn-canvas]')?.getAttribute('aria-label') ?? ''}`;
  box.querySelector('[data-bpmn-canvas]')?.replaceWith(note);
  box.dataset.ready = 'failed';
}
