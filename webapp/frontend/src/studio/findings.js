// 检查结果: what publishing would say (POST of the XML to data-check-url, answer as of `guohe check --json`) and the live hints.
// A click selects the element and says the finding beside it.
import { post } from '../app/requests.js';
import { nameOf, typeName } from '../diagram/types.js';
import { words } from './lint.js';
import { xmlOf } from './changes.js';

const WORDS = { error: '错误', warning: '警告', info: '提示' };
const CLASSES = { invalid: '不符合 BPMN 规范', unsupported: '本系统不支持', house: '本平台规定', live: '即时检查' };
const ORDER = ['error', 'warning', 'info'];

export function findingsPanel(box, modeler) {
  const list = box.querySelector('[data-findings]');
  const count = box.querySelector('[data-findings-count]');
  const overlays = modeler.get('overlays');
  const registry = modeler.get('elementRegistry');
  const canvas = modeler.get('canvas');
  let live = [];
  let published = [];
  let trouble = '';
  let turn = 0;
  const marked = new Set();

  modeler.on('linting.completed', ({ issues }) => {
    live = Object.entries(issues).flatMap(([element, rows]) => rows.map(row => ({
      element, rule: row.rule, class: 'live', severity: row.category === 'error' ? 'error' : 'warning', message: words[row.rule] ?? row.message, fix: '',
    })));
    draw();
  });
  modeler.on('element.click', () => overlays.remove({ type: 'gh-finding' }));
  draw();
  return { check };

  async function check() {
    if (!box.dataset.checkUrl) return;
    const mine = ++turn;
    try {
      const answer = await post(box.dataset.checkUrl, await xmlOf(modeler), { headers: { 'Content-Type': 'application/xml; charset=utf-8' } });
      if (mine !== turn) return; // a newer drawing is being checked
      published = (answer.files ?? []).flatMap(file => file.findings ?? []);
      trouble = '';
    } catch (error) {
      if (mine !== turn) return;
      trouble = `检查未完成：${error.message}`;
    }
    draw();
  }

  function draw() {
    const rows = [...published, ...live.filter(hint => !published.some(row => row.element === hint.element && row.severity === hint.severity))];
    rows.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
    list.replaceChildren(...rows.map(row));
    const errors = rows.filter(item => item.severity === 'error').length;
    count.textContent = trouble || (rows.length ? `${errors} 个错误 · ${rows.length - errors} 个提醒` : '检查通过');
    count.className = `gh-tag ${trouble || errors ? 'gh-tag-red' : rows.length ? 'gh-tag-amber' : 'gh-tag-green'}`;
    box.dataset.errors = errors;
    markElements(rows);
  }

  function row(finding) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = `gh-finding gh-finding-${finding.severity}`;
    const element = registry.get(finding.element);
    button.append(
      part('span', WORDS[finding.severity] ?? finding.severity, `gh-tag ${finding.severity === 'error' ? 'gh-tag-red' : finding.severity === 'warning' ? 'gh-tag-amber' : 'gh-tag-blue'}`),
      part('b', element ? nameOf(element.businessObject) : finding.element || '整个文件'),
      part('span', finding.fix ? `${finding.message}（${finding.fix}）` : finding.message, 'gh-finding-text'),
      part('small', CLASSES[finding.class] ?? ''),
    );
    button.title = `${typeName(element?.type)} ${finding.element} · ${finding.rule}`;
    button.addEventListener('click', () => go(finding));
    return button;
  }

  function go(finding) {
    const element = registry.get(finding.element);
    overlays.remove({ type: 'gh-finding' });
    if (!element) return;
    modeler.get('selection', false)?.select(element);
    canvas.scrollToElement(element, 120);
    overlays.add(element, 'gh-finding', { position: { top: -8, left: 0 }, html: part('div', finding.message, `gh-finding-bubble gh-finding-${finding.severity}`), scale: false });
  }

  function markElements(rows) {
    for (const id of marked) if (registry.get(id)) canvas.removeMarker(id, 'gh-el-error');
    marked.clear();
    for (const { element, severity } of rows) {
      if (severity !== 'error' || !registry.get(element)) continue;
      canvas.addMarker(element, 'gh-el-error');
      marked.add(element);
    }
  }
}

function part(tag, text, look = '') {
  const made = document.createElement(tag);
  made.className = look;
  made.textContent = text;
  return made;
}
