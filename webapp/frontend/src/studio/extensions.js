// Reads and writes extension elements. Every function that writes is one command, so one Ctrl+Z takes it back.
export const extension = (owner, type) => owner?.extensionElements?.values?.find(value => value.$type === type);

export const properties = owner => extension(owner, 'spiffworkflow:Properties')?.properties ?? [];

export const property = (owner, name) => properties(owner).find(item => item.name === name)?.value ?? '';

// tools = {modeling, bpmnFactory}; an empty value removes the property.
export function setProperty(tools, element, owner, name, value) {
  setProperties(tools, element, owner, { [name]: value });
}

export function setProperties(tools, element, owner, changes) {
  const kept = properties(owner).filter(item => !(item.name in changes));
  const added = Object.entries(changes).filter(([, value]) => value)
    .map(([name, value]) => tools.bpmnFactory.create('spiffworkflow:Property', { name, value }));
  // Order is kept where it can be: a changed property stays in its place, so that a file's history stays readable.
  const order = properties(owner).map(item => item.name);
  const all = [...kept, ...added].sort((a, b) => place(order, a.name) - place(order, b.name));
  setExtension(tools, element, owner, 'spiffworkflow:Properties', all.length ? { properties: all } : null);
}

const place = (order, name) => (order.includes(name) ? order.indexOf(name) : order.length);

// attributes null removes the extension. Children given as arrays or elements become its own.
export function setExtension(tools, element, owner, type, attributes) {
  const holder = extension(owner, type);
  if (holder && attributes) {
    adopt(holder, attributes);
    tools.modeling.updateModdleProperties(element, holder, attributes);
    return;
  }
  const others = (owner.extensionElements?.values ?? []).filter(value => value !== holder);
  if (!attributes) {
    if (holder) tools.modeling.updateModdleProperties(element, owner, { extensionElements: extensionElements(tools, owner, others) });
    return;
  }
  const made = tools.bpmnFactory.create(type, attributes);
  adopt(made, attributes);
  tools.modeling.updateModdleProperties(element, owner, { extensionElements: extensionElements(tools, owner, [...others, made]) });
}

function extensionElements({ bpmnFactory }, owner, values) {
  if (!values.length) return undefined;
  const made = bpmnFactory.create('bpmn:ExtensionElements', { values });
  made.$parent = owner;
  for (const value of values) value.$parent = made;
  return made;
}

function adopt(parent, attributes) {
  for (const value of Object.values(attributes).flat()) if (value?.$type) value.$parent = parent;
}

// Text in an extension such as <spiffworkflow:messageVariable>; empty removes it.
export const text = (owner, type) => extension(owner, type)?.value ?? '';
export const setText = (tools, element, owner, type, value) => setExtension(tools, element, owner, type, value ? { value } : null);
