// The studio: drawing, properties in Chinese, findings while drawing, drafts. See templates/ui/studio.html for the page.
// Data: <script type="application/json" id="studio-data">, described in studio/data.js.
import { readJson } from './diagram/data.js';
import { watchChanges } from './studio/changes.js';
import { compareButton } from './studio/compare.js';
import { findingsPanel } from './studio/findings.js';
import { openEditor, openReader } from './studio/open.js';
import { missed } from './studio/translate.js';
import { toolbar } from './studio/toolbar.js';

const PHONE = '(width <= 820px)';

const root = document.querySelector('[data-studio]');
if (root) start(root, readJson('studio-data')).catch(error => fail(root, error));

async function start(box, data) {
  const reading = data.readonly || matchMedia(PHONE).matches; // a drawing cannot be edited with a thumb
  box.classList.toggle('gh-studio-reading', Boolean(reading));
  const modeler = reading ? await openReader(box, data) : await openEditor(box, data);
  const findings = findingsPanel(box, modeler);
  const changes = watchChanges(box, modeler, { reading, onQuiet: findings.check });
  toolbar(box, modeler, changes);
  compareButton(box, modeler, data);
  findings.check();
  box.studio = { modeler, missed }; // for browser tests
  box.dataset.ready = '1';
}

function fail(box, error) {
  console.warn(error);
  const note = document.createElement('p');
  note.className = 'gh-flash gh-flash-error m-3';
  note.textContent = `流程图打不开：${error.message}`;
  box.querySelector('[data-studio-canvas]').replaceChildren(note);
  box.dataset.ready = 'failed';
}
