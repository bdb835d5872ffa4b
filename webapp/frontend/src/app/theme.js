// Light and dark: the switch in the header, remembered on this machine.
document.addEventListener('click', event => {
  const button = event.target.closest('[data-theme-toggle]');
  if (!button) return;
  const root = document.documentElement;
  root.dataset.bsTheme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
  button.setAttribute('aria-pressed', String(root.dataset.bsTheme === 'dark'));
  try { localStorage.setItem('theme', root.dataset.bsTheme); } catch { /* for this page only, then */ }
});

document.addEventListener('click', event => {
  if (event.target.closest('[data-print]')) print();
});
