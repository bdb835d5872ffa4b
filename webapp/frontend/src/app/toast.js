// Short messages in the corner; read out by screen readers because the region is aria-live (layout.html).
const ICONS = { success: 'circle-check', error: 'alert-circle', warning: 'alert-triangle', info: 'info-circle' };
const SECONDS = { success: 4, info: 5, warning: 8, error: 12 };

export function toast(text, kind = 'info') {
  const region = document.getElementById('gh-toasts');
  if (!region) return;
  for (const shown of region.children) if (shown.textContent === text) shown.remove(); // the same message once
  const box = document.createElement('div');
  box.className = `gh-flash gh-flash-${kind}`;
  const words = document.createElement('p');
  words.textContent = text;
  box.append(icon(ICONS[kind] ?? ICONS.info), words);
  region.append(box);
  setTimeout(() => box.remove(), (SECONDS[kind] ?? 5) * 1000);
}

export function icon(name, extra = '') {
  const sprite = document.querySelector('meta[name="gh-icons"]')?.content ?? '';
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', `gh-icon ${extra}`.trim());
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `${sprite}#${name}`);
  svg.append(use);
  return svg;
}
