// `/` goes to the search field, J and K move through the rows of a list; Enter opens, as it does on any link.
const TYPING = 'input, textarea, select, [contenteditable], .djs-container, dialog[open]';

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest?.(TYPING)) {
    if (event.key === 'Escape' && event.target.matches('[data-search]')) event.target.blur();
    return;
  }
  if (event.key === '/') focusSearch(event);
  if (event.key === 'j' || event.key === 'k') moveThroughRows(event, event.key === 'j' ? 1 : -1);
});

function focusSearch(event) {
  const field = document.querySelector('[data-search]');
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function moveThroughRows(event, step) {
  const links = [...document.querySelectorAll('[data-row]')];
  if (!links.length) return;
  event.preventDefault();
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + step));
  links[next].focus();
}
