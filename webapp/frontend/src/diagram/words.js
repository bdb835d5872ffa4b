// The drawing in words, for screen readers and keyboards: every marked step as a button that selects it.
import { nameOf } from './types.js';

export function inWords(viewer, box, marks) {
  const registry = viewer.get('elementRegistry');
  const steps = registry.filter(shape => /Task$|CallActivity$|SubProcess$/.test(shape.type) && !shape.labelTarget)
    .sort((a, b) => a.x - b.x || a.y - b.y);
  const list = document.createElement('ol');
  for (const step of steps) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'gh-linkbtn';
    button.textContent = `${nameOf(step.businessObject)}：${state(step.id, marks)}`;
    button.addEventListener('click', () => box.dispatchEvent(new CustomEvent('gh:select', { detail: step.id })));
    const row = document.createElement('li');
    row.append(button);
    list.append(row);
  }
  const folded = document.createElement('details');
  folded.className = 'gh-diagram-words gh-no-print';
  const summary = document.createElement('summary');
  summary.textContent = '流程图文字说明';
  folded.append(summary, list);
  box.after(folded);
}

function state(id, marks) {
  const count = marks.counts?.[id];
  if (count) {
    const parts = [`在办 ${count.open ?? 0} 件`];
    if (count.overdue) parts.push(`超期 ${count.overdue} 件`);
    if (count.days) parts.push(`中位 ${count.days} 个工作日`);
    return parts.join('，');
  }
  if (marks.current?.includes(id)) return '办理中';
  return marks.done?.includes(id) ? '已办' : '未到';
}
