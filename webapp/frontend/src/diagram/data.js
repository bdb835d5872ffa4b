// Data of the page: <script type="application/json" id="…">; CSP allows no other kind of inline script.
export function readJson(id) {
  const holder = id && document.getElementById(id);
  return holder ? JSON.parse(holder.textContent) : null;
}
