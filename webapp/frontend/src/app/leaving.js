// Leaving a page with unsent text asks first: forms with data-autosave-url or data-dirty-check.
const WATCHED = 'form[data-autosave-url], form[data-dirty-check]';
const dirty = new Set();

for (const name of ['input', 'change']) {
  document.addEventListener(name, event => {
    const form = event.target.form ?? event.target.closest?.('form');
    if (form?.matches(WATCHED)) dirty.add(form);
  });
}

document.addEventListener('gh:saved', event => dirty.delete(event.target));
document.addEventListener('submit', event => dirty.delete(event.target));

addEventListener('beforeunload', event => {
  for (const form of dirty) if (!form.isConnected) dirty.delete(form); // replaced by a redraw
  if (dirty.size) event.preventDefault();
});
