// Runs before the first paint, so that a dark page never flashes white. Classic script: keep it free of imports.
{
  let wanted = null;
  try { wanted = localStorage.getItem('theme'); } catch { /* storage may be forbidden by policy */ }
  const dark = wanted ? wanted === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.bsTheme = dark ? 'dark' : 'light';
  document.documentElement.classList.add('gh-js');
}
