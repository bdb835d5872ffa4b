// A click on an element tells what it is: name, kind, the quoted article, figures. Pages may prepare more:
// children of the panel with data-element="<id>" are shown for that element. Others listen to the event gh:element.
import { nameOf, typeName } from './types.js';

export function showDetail(viewer, box, marks) {
  const canvas = viewer.get('canvas');
  let shown = null;

  viewer.on('element.click', ({ element }) => select(element.labelTarget ?? element));
  box.addEventListener('gh:select', event => select(viewer.get('elementRegistry').get(event.detail)));

  function select(element) {
    if (shown) canvas.removeMarker(shown, 'gh-el-selected');
    shown = element?.parent ? element.id : null;
    if (shown) canvas.addMarker(shown, 'gh-el-selected');
    const object = element?.businessObject;
    const detail = { id: shown, name: object?.name ?? '', type: object?.$type ?? '', documentation: documentation(object), count: (box.ghMarks ?? marks).counts?.[shown] ?? null };
    box.dispatchEvent(new CustomEvent('gh:element', { bubbles: true, detail }));
    // Looked for anew: an overview's poll may have brought another panel.
    const panel = document.getElementById(box.dataset.bpmnPanel) ?? document.querySelector('[data-bpmn-detail]');
    if (panel) fill(panel, [...panel.querySelectorAll('[data-element]')], object, detail);
  }
}

function fill(panel, prepared, object, detail) {
  panel.hidden = !detail.id || object.$type === 'bpmn:Participant';
  if (panel.hidden) return;
  const own = prepared.find(part => part.dataset.element === detail.id);
  for (const part of prepared) part.hidden = part !== own;
  panel.querySelector('[data-generated]')?.remove();
  const box = document.createElement('div');
  box.dataset.generated = '1';
  box.append(line('h3', nameOf(object)), line('p', facts(object, detail), 'gh-muted gh-small'));
  for (const text of detail.documentation.split('\n').filter(Boolean)) box.append(line('p', text));
  panel.prepend(box);
}

function facts(object, { id, count }) {
  const parts = [typeName(object.$type), `编号 ${id}`];
  if (count?.open) parts.push(`在办 ${count.open} 件`);
  if (count?.overdue) parts.push(`超期 ${count.overdue} 件`);
  if (count?.days) parts.push(`中位办理时长 ${count.days} 个工作日`);
  return parts.join(' · ');
}

export const documentation = object => (object?.documentation ?? []).map(part => part.text ?? '').join('\n').trim();

function line(tag, text, look = '') {
  const made = document.createElement(tag);
  made.className = look;
  made.textContent = text;
  return made;
}
