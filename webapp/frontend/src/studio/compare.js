// 版本对比: marks what the draft adds and changes against the version in force, and lists it with what was removed.
import { nameOf, typeName } from '../diagram/types.js';
import { spiffworkflow } from './moddle.js';

const KINDS = { added: '新增', changed: '修改', moved: '移动', removed: '删除' };

export function compareButton(box, modeler, data) {
  const button = box.querySelector('[data-compare]');
  const panel = box.querySelector('[data-compare-panel]');
  if (!button || !panel) return;
  button.hidden = !data.published;
  let marked = [];

  button.addEventListener('click', async () => {
    const on = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(on));
    panel.hidden = !on;
    clear();
    if (on) show(await differences(modeler, data.published));
  });

  function clear() {
    for (const [id, marker] of marked) if (modeler.get('elementRegistry').get(id)) modeler.get('canvas').removeMarker(id, marker);
    marked = [];
  }

  function show(rows) {
    for (const { id, kind } of rows) {
      if (kind === 'removed' || !modeler.get('elementRegistry').get(id)) continue;
      modeler.get('canvas').addMarker(id, `gh-el-${kind}`);
      marked.push([id, `gh-el-${kind}`]);
    }
    panel.replaceChildren(...(rows.length ? rows.map(line) : [Object.assign(document.createElement('p'), { className: 'gh-muted', textContent: '与现行版本没有差别' })]));
  }

  function line({ id, kind, object }) {
    const made = document.createElement('button');
    made.type = 'button';
    made.className = 'gh-finding';
    const tag = document.createElement('span');
    tag.className = `gh-tag ${{ added: 'gh-tag-green', changed: 'gh-tag-amber', removed: 'gh-tag-red' }[kind] ?? ''}`;
    tag.textContent = KINDS[kind];
    const name = document.createElement('b');
    name.textContent = nameOf(object);
    const type = document.createElement('small');
    type.textContent = typeName(object.$type);
    made.append(tag, name, type);
    made.addEventListener('click', () => {
      const element = modeler.get('elementRegistry').get(id);
      if (!element) return;
      modeler.get('selection', false)?.select(element);
      modeler.get('canvas').scrollToElement(element, 120);
    });
    return made;
  }
}

async function differences(modeler, published) {
  const [{ diff }, { BpmnModdle }] = await Promise.all([import('bpmn-js-differ'), import('bpmn-moddle')]);
  const read = xml => new BpmnModdle({ spiffworkflow }).fromXML(xml).then(result => result.rootElement);
  const { xml } = await modeler.saveXML();
  const found = diff(await read(published), await read(xml));
  const rows = (kind, entries, pick) => Object.entries(entries).map(([id, value]) => ({ id, kind, object: pick(value) }));
  return [
    ...rows('added', found._added, value => value),
    ...rows('removed', found._removed, value => value),
    ...rows('changed', found._changed, value => value.model),
    ...rows('moved', found._layoutChanged, value => value).filter(({ id }) => !found._added[id]),
  ].filter(({ object }) => /Task|Gateway|Event$|Activity|SubProcess|Flow$|Lane|Participant|Process/.test(object.$type));
}
