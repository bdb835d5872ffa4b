// Drafts: <form data-autosave-url="…">. Three seconds after the last change the form is posted (files excepted) and
// [data-autosave-status] says so. The server answers JSON {saved_at: "10:42"}; 409 with {message} stops the saving.
import { post } from './requests.js';

const QUIET = 3000;
const RETRY = [5000, 15000, 60000];
const state = new WeakMap(); // form -> {timer, failures, sending, again, stopped}

for (const name of ['input', 'change']) {
  document.addEventListener(name, event => {
    const form = event.target.form ?? event.target.closest?.('form');
    if (form?.dataset.autosaveUrl && event.target.type !== 'file') changed(form);
  });
}

// A tab that is closed or hidden sends what is pending; keepalive lets the request outlive the page.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'hidden') return;
  for (const form of document.querySelectorAll('form[data-autosave-url]')) if (of(form).timer) save(form, { keepalive: true });
});

document.addEventListener('submit', event => {
  const kept = state.get(event.target);
  if (kept) clearTimeout(kept.timer), (kept.timer = 0), (kept.stopped = true); // the submission carries everything
});

addEventListener('pageshow', event => {
  if (event.persisted) for (const form of document.querySelectorAll('form[data-autosave-url]')) of(form).stopped = false;
});

function of(form) {
  if (!state.has(form)) state.set(form, { timer: 0, failures: 0 });
  return state.get(form);
}

function changed(form, wait = QUIET) {
  const kept = of(form);
  if (kept.stopped) return;
  clearTimeout(kept.timer);
  kept.timer = setTimeout(() => save(form), wait);
}

async function save(form, options) {
  const kept = of(form);
  clearTimeout(kept.timer);
  kept.timer = 0;
  if (kept.sending) { // one at a time, so that an older text never arrives after a newer one
    kept.again = true;
    return;
  }
  kept.sending = true;
  say(form, 'saving', '正在保存草稿…');
  try {
    const answer = await post(form.dataset.autosaveUrl, withoutFiles(form), options);
    kept.failures = 0;
    say(form, 'saved', `草稿已保存 ${answer.saved_at ?? now()}`);
    form.dispatchEvent(new CustomEvent('gh:saved', { bubbles: true }));
  } catch (error) {
    failed(form, kept, error);
  } finally {
    kept.sending = false;
    if (kept.again) kept.again = false, changed(form, 0);
  }
}

function failed(form, kept, error) {
  say(form, 'failed', `草稿未保存：${error.message}`);
  if (error.status === 409 || error.status === 403) {
    kept.stopped = true; // somebody else has decided; saving on would be noise
  } else if (error.status !== 401) {
    changed(form, RETRY[Math.min(kept.failures++, RETRY.length - 1)]);
  }
}

function withoutFiles(form) {
  const fields = new FormData();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') fields.append(name, value);
  return fields;
}

function say(form, kind, text) {
  const place = form.querySelector('[data-autosave-status]') ?? document.querySelector('[data-autosave-status]');
  if (place) place.dataset.state = kind, (place.textContent = text);
}

const now = () => new Date().toLocaleTimeString('zh-CN', { hour: '2-digit', minute: '2-digit', hour12: false });
