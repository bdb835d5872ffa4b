// Drafts: after a change the drawing is checked when the hand rests, and saved a little later; Ctrl+S saves at once.
// POST of the XML to data-save-url with the version it was made from; answer JSON {saved_at, version}; 409 {message} = someone was first.
import { post } from '../app/requests.js';
import { toast } from '../app/toast.js';

const CHECK_AFTER = 1200;
const SAVE_AFTER = 10000;

export const xmlOf = async modeler => (await modeler.saveXML({ format: true })).xml;

export function watchChanges(box, modeler, { reading, onQuiet }) {
  const status = box.querySelector('[data-save-status]');
  let dirty = false;
  let saving = false;
  let stale = false;
  let checkTimer = 0;
  let saveTimer = 0;

  if (!reading) {
    modeler.on('commandStack.changed', () => {
      dirty = true;
      say('有未保存的修改', 'dirty');
      clearTimeout(checkTimer);
      checkTimer = setTimeout(onQuiet, CHECK_AFTER);
      clearTimeout(saveTimer);
      if (!stale) saveTimer = setTimeout(save, SAVE_AFTER);
    });
    addEventListener('beforeunload', event => { if (dirty) event.preventDefault(); });
    addEventListener('keydown', event => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== 's') return;
      event.preventDefault();
      save();
    });
  }
  return { save, isDirty: () => dirty };

  async function save() {
    clearTimeout(saveTimer);
    if (reading || saving || !box.dataset.saveUrl) return;
    saving = true;
    dirty = false; // a change while the request is on its way makes it true again
    say('正在保存…', 'saving');
    try {
      const headers = { 'Content-Type': 'application/xml; charset=utf-8', 'X-Draft-Version': encodeURIComponent(box.dataset.version ?? '') };
      const answer = await post(box.dataset.saveUrl, await xmlOf(modeler), { headers });
      if (answer.version !== undefined) box.dataset.version = answer.version;
      stale = false;
      say(dirty ? '有未保存的修改' : `草稿已保存 ${answer.saved_at ?? ''}`, dirty ? 'dirty' : 'saved');
    } catch (error) {
      dirty = true;
      stale = error.status === 409;
      say(`未保存：${error.message}`, 'failed');
      toast(`草稿未保存：${error.message}`, 'error');
    } finally {
      saving = false;
    }
  }

  function say(text, state) {
    if (!status) return;
    status.textContent = text;
    status.dataset.state = state;
  }
}
