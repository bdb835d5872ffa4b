// Paints a case or a whole process onto the drawing: {done, current, flows, counts, badges, heat}.
// Flows are painted because they were recorded, never because their target was reached: a branch not taken stays grey.
export function mark(viewer, marks, heated) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  clear(viewer);
  const paint = (ids, marker) => {
    for (const id of ids ?? []) if (registry.get(id)) canvas.addMarker(id, marker);
  };
  paint(marks.done, 'gh-el-done');
  paint(marks.flows, 'gh-el-done');
  paint(marks.current, 'gh-el-current');
  for (const [id, level] of Object.entries(heated ? heatLevels(marks) : {})) paint([id], `gh-el-heat-${level}`);
  for (const label of labels(marks)) {
    if (!registry.get(label.id)) continue;
    viewer.get('overlays').add(label.id, { position: label.position, html: pill(label), scale: { min: 0.8, max: 1.2 } });
  }
}

const MARKERS = ['gh-el-done', 'gh-el-current', ...[1, 2, 3, 4, 5].map(level => `gh-el-heat-${level}`)];

// An overview paints again when its figures have changed; zoom and selection stay.
function clear(viewer) {
  viewer.get('overlays').clear();
  for (const element of viewer.get('elementRegistry').getAll()) {
    for (const marker of MARKERS) if (viewer.get('canvas').hasMarker(element, marker)) viewer.get('canvas').removeMarker(element, marker);
  }
}

// Five levels, relative to the slowest step, unless the server has decided (marks.heat).
export function heatLevels(marks) {
  if (marks.heat) return marks.heat;
  const days = Object.entries(marks.counts ?? {}).filter(([, count]) => count.days > 0);
  const longest = Math.max(...days.map(([, count]) => count.days));
  return Object.fromEntries(days.map(([id, count]) => [id, Math.max(1, Math.ceil((count.days / longest) * 5))]));
}

function* labels(marks) {
  for (const id of marks.current ?? []) yield { id, text: '办理中', kind: 'current', position: { top: -13, left: 12 } };
  for (const [id, text] of Object.entries(marks.badges ?? {})) yield { id, text, kind: 'done', position: { top: -13, right: 22 } };
  for (const [id, count] of Object.entries(marks.counts ?? {})) {
    if (count.open) {
      const title = `在办 ${count.open} 件${count.overdue ? `，超期 ${count.overdue} 件` : ''}`;
      const text = count.overdue ? `${count.open}（超${count.overdue}）` : `${count.open}`;
      yield { id, text, title, kind: count.overdue ? 'bad' : 'current', position: { top: -13, right: count.overdue ? 44 : 20 } };
    }
    if (count.incidents) yield { id, text: `${count.incidents} 异常`, title: '系统办理失败，需要处理', kind: 'bad', position: { top: -13, left: 6 } };
    if (count.days) yield { id, text: `${count.days} 天`, title: '中位办理时长（工作日）', kind: 'quiet', position: { bottom: 11, right: 48 } };
  }
}

function pill({ text, title, kind }) {
  const box = document.createElement('div');
  box.className = `gh-pill gh-pill-${kind}`;
  box.textContent = text;
  if (title) box.title = title;
  return box;
}
