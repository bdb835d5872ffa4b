// Dialogs. Without scripts the link is followed and the button submits; the server shows the same question as a page.
//   <a href="/…" data-dialog="id">      opens <dialog id> instead of following the link
//   <button data-confirm="问题">         asks before its form is submitted; data-confirm-title, data-confirm-action optional
//   <button data-dialog-close>           closes the dialog it stands in
// The second click of a double click that opened a dialog lands in it or on its backdrop: it answers nothing.
const isSecond = event => event.detail > 1;

document.addEventListener('click', event => {
  const opener = event.target.closest('[data-dialog]');
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
    (dialog.querySelector('[autofocus], textarea, select, input:not([type="hidden"])') ?? dialog.querySelector('button'))?.focus();
    return;
  }
  if (isSecond(event)) {
    if (event.target.closest('dialog')) event.preventDefault();
    return;
  }
  if (event.target.closest('[data-dialog-close]')) event.target.closest('dialog').close();
  if (event.target.matches('dialog')) event.target.close(); // the backdrop belongs to the dialog element
});

const confirmed = new WeakSet();

// Capture: the question comes before htmx and before the guard against double submits see the event.
document.addEventListener('submit', event => {
  const button = event.submitter;
  const question = button?.dataset.confirm;
  if (!question || confirmed.has(button)) {
    confirmed.delete(button);
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(question, button.dataset.confirmTitle, button.dataset.confirmAction ?? button.textContent.trim()).then(yes => {
    if (!yes) return;
    confirmed.add(button);
    event.target.requestSubmit(button);
  });
}, true);

export function ask(question, title = '请确认', action = '确定') {
  const dialog = document.createElement('dialog');
  dialog.className = 'gh-dialog';
  dialog.setAttribute('aria-labelledby', 'gh-ask-title');
  const body = document.createElement('p');
  body.className = 'gh-dialog-body';
  body.textContent = question;
  const heading = document.createElement('h2');
  heading.id = 'gh-ask-title';
  heading.textContent = title;
  const header = document.createElement('header');
  header.append(heading);
  const buttons = document.createElement('div');
  buttons.className = 'gh-dialog-actions';
  buttons.append(button('取消', 'gh-btn-line', ''), button(action, 'btn-primary', 'yes'));
  dialog.append(header, body, buttons);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise(resolve => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
  });

  function button(text, look, value) {
    const made = document.createElement('button');
    made.type = 'button';
    made.className = `btn ${look}`;
    made.textContent = text;
    made.addEventListener('click', event => isSecond(event) || dialog.close(value));
    return made;
  }
}
