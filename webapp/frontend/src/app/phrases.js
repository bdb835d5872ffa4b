// Phrase chips: <button type="button" data-phrase="同意推荐" data-phrase-target="opinion">
document.addEventListener('click', event => {
  const chip = event.target.closest('[data-phrase]');
  const field = chip && document.getElementById(chip.dataset.phraseTarget);
  if (!field) return;
  const written = field.value.replace(/[。；;\s]+$/, '');
  field.value = written ? `${written}；${chip.dataset.phrase}` : chip.dataset.phrase;
  field.focus();
  field.dispatchEvent(new Event('input', { bubbles: true })); // autosave and dirty checks listen to it
});
