// <details> menus close on Escape and on a click elsewhere; filters marked data-autosubmit apply when changed.
const openMenus = () => document.querySelectorAll('details.gh-menu[open]');

document.addEventListener('click', event => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector('summary')?.focus();
  }
});

document.addEventListener('change', event => {
  const form = event.target.closest?.('form[data-autosubmit]');
  if (form && event.target.matches('select, input[type="radio"], input[type="checkbox"]')) form.requestSubmit();
});

// A list's head checkbox ticks its rows.
document.addEventListener('change', event => {
  const all = event.target.closest?.('[data-check-all]');
  if (!all) return;
  for (const box of all.closest('table').querySelectorAll('tbody input[type="checkbox"]')) box.checked = all.checked;
});
