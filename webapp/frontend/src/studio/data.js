// What the page supplies in #studio-data, brought into one shape:
//   {xml, readonly, published: XML of the version in force or null,
//    roles: [{code, name}], forms: ["designation/fill" | {name, title}], decisions: ["grade" | {id, name}],
//    handlers: [{name, doc, parameters: [{name, type, doc}]}], functions: [{name, signature, doc}]}
const list = value => value ?? [];

export const roles = data => list(data.roles);
export const handlers = data => list(data.handlers);
export const functions = data => list(data.functions);
export const forms = data => list(data.forms).map(form => (typeof form === 'string' ? { name: form, title: form } : { title: form.name, ...form }));
export const decisions = data => list(data.decisions).map(item => (typeof item === 'string' ? { id: item, name: item } : { name: item.id, ...item }));

export const handler = (data, name) => handlers(data).find(item => item.name === name);
export const firstLine = text => (text ?? '').trim().split('\n')[0];
