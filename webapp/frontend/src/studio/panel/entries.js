// The kinds of fields our panel uses. A field is data: {id, label, get, set, …}; the components below must keep their identity,
// or a field would lose the cursor on every redraw.
import {
  CheckboxEntry, SelectEntry, TextAreaEntry, TextFieldEntry,
  isCheckboxEntryEdited, isSelectEntryEdited, isTextAreaEntryEdited, isTextFieldEntryEdited,
} from '@bpmn-io/properties-panel';
import { jsx, jsxs } from '@bpmn-io/properties-panel/preact/jsx-runtime';
import { useService } from 'bpmn-js-properties-panel';

const common = ({ element, id, label, description, get, set, placeholder }) => ({
  element, id, label, description, placeholder, getValue: () => get(element), setValue: value => set(element, value),
});

const Text = props => TextFieldEntry({ ...common(props), debounce: useService('debounceInput') });
const Area = props => TextAreaEntry({ ...common(props), rows: props.rows ?? 2, autoResize: true, monospace: props.code, debounce: useService('debounceInput') });
const Select = props => SelectEntry({ ...common(props), getOptions: () => props.options(props.element) });
const Check = props => CheckboxEntry(common(props));

const Note = ({ heading, lines }) => jsxs('div', {
  className: 'gh-panel-note',
  children: [heading ? jsx('b', { children: heading }) : null, ...lines.map(line => jsx('p', { children: line }))],
});

const Terms = ({ items }) => jsx('dl', {
  className: 'gh-panel-terms',
  children: items.map(({ term, text }) => jsxs('div', { children: [jsx('dt', { children: jsx('code', { children: term }) }), jsx('dd', { children: text })] })),
});

export const textField = field => ({ component: Text, isEdited: isTextFieldEntryEdited, ...field });
export const textArea = field => ({ component: Area, isEdited: isTextAreaEntryEdited, ...field });
export const selectField = field => ({ component: Select, isEdited: isSelectEntryEdited, ...field });
export const checkField = field => ({ component: Check, isEdited: isCheckboxEntryEdited, ...field });
export const note = (id, lines, heading = '') => ({ id, component: Note, isEdited: () => false, heading, lines: [lines].flat().filter(Boolean) });
export const terms = (id, items) => ({ id, component: Terms, isEdited: () => false, items });

// Options with an empty first one; a value that is in the file but not on offer is shown as such instead of being lost.
export function options(known, present, none = '（未选择）') {
  const made = [{ value: '', label: none }, ...known];
  if (present && !known.some(option => option.value === present)) made.push({ value: present, label: `${present}（未登记）` });
  return made;
}
