// One click, one submission: the buttons of a form rest while it is on its way. Forms that download: data-allow-repeat.
document.addEventListener('submit', event => {
  const form = event.target;
  if (event.defaultPrevented || form.method === 'dialog' || form.matches('[data-allow-repeat], [role="search"]')) return;
  if (form.dataset.submitting) {
    event.preventDefault();
    return;
  }
  form.dataset.submitting = '1';
  // After this turn: a disabled button would be missing from the data that is being sent.
  setTimeout(() => {
    for (const button of buttons(form)) button.disabled = true;
    event.submitter?.setAttribute('aria-busy', 'true');
  });
});

// Back in the browser brings the page back as it was left, with its buttons asleep.
addEventListener('pageshow', event => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll('form[data-submitting]')) {
    delete form.dataset.submitting;
    for (const button of buttons(form)) button.disabled = false, button.removeAttribute('aria-busy');
  }
});

const buttons = form => [...form.elements].filter(field => field.type === 'submit');
