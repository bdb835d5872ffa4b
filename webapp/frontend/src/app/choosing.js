// Lists of many: a click adds or takes away, without the Ctrl key; below the list stands what is chosen.
document.addEventListener('mousedown', event => {
  const option = event.target;
  const list = option.closest?.('select[multiple]');
  if (!list || option.tagName !== 'OPTION' || event.button !== 0) return;
  event.preventDefault(); // or the browser would drop every other choice
  const top = list.scrollTop;
  option.selected = !option.selected;
  list.focus();
  requestAnimationFrame(() => { list.scrollTop = top; });
  for (const name of ['input', 'change']) list.dispatchEvent(new Event(name, { bubbles: true }));
});

document.addEventListener('change', event => {
  const place = event.target.matches('select[multiple]') && document.querySelector(`[data-chosen-of="${CSS.escape(event.target.id)}"]`);
  if (!place) return;
  const chosen = [...event.target.selectedOptions].map(option => option.label);
  place.textContent = chosen.length ? `已选 ${chosen.length} 项：${chosen.join('、')}` : '可选多项，再点一次取消';
});
