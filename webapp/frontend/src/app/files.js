// Drop zones: a plain file field, made larger. <div data-drop data-max-size="20971520"><input type="file">…</div>
// The chosen files are listed in the next [data-drop-list]; too large or of the wrong kind is said before uploading.
import { icon, toast } from './toast.js';

const zone = event => event.target.closest?.('[data-drop]');
const field = box => box.querySelector('input[type="file"]');

for (const name of ['dragenter', 'dragover']) {
  document.addEventListener(name, event => {
    const box = zone(event);
    if (!box) return;
    event.preventDefault();
    box.classList.add('gh-over');
  });
}

document.addEventListener('dragleave', event => {
  const box = zone(event);
  if (box && !box.contains(event.relatedTarget)) box.classList.remove('gh-over');
});

document.addEventListener('drop', event => {
  const box = zone(event);
  if (!box) return;
  event.preventDefault();
  box.classList.remove('gh-over');
  const input = field(box);
  if (!input || input.disabled) return;
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
});

document.addEventListener('change', event => {
  const box = zone(event);
  if (!box || event.target.type !== 'file') return;
  const good = [...event.target.files].filter(file => acceptable(file, event.target, box));
  if (good.length !== event.target.files.length) event.target.files = asList(good);
  list(box, good);
});

function acceptable(file, input, box) {
  const limit = Number(box.dataset.maxSize || 0);
  if (limit && file.size > limit) {
    toast(`“${file.name}”超过 ${size(limit)}，未添加。`, 'error');
    return false;
  }
  const kinds = input.accept.split(',').map(kind => kind.trim().toLowerCase()).filter(kind => kind.startsWith('.'));
  if (kinds.length && !kinds.some(kind => file.name.toLowerCase().endsWith(kind))) {
    toast(`“${file.name}”的类型不在允许范围（${kinds.join('、')}）。`, 'error');
    return false;
  }
  return true;
}

function asList(files) {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer.files;
}

function list(box, files) {
  const place = box.parentElement.querySelector('[data-drop-list]');
  if (!place) return;
  place.replaceChildren(...files.map(file => {
    const row = document.createElement('li');
    const note = document.createElement('span');
    note.className = 'gh-muted gh-small';
    note.textContent = `${size(file.size)} · 提交时上传`;
    row.append(icon('file-text'), file.name, note);
    return row;
  }));
}

function size(bytes) {
  return bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`;
}
