// 基本: name, id, the quoted article. A lane's name is its role, so it is chosen, not typed.
import { TextFieldEntry } from '@bpmn-io/properties-panel';
import { useService } from 'bpmn-js-properties-panel';
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { roles } from '../data.js';
import { options, selectField, textArea, textField } from './entries.js';

export function basics(element, tools) {
  return {
    id: 'gh-basics',
    label: '基本',
    shouldOpen: true,
    entries: [
      is(element, 'bpmn:Lane') ? role(element, tools) : name(tools),
      id(tools),
      ...participantProcess(element, tools),
      documentation(tools),
    ],
  };
}

function name({ modeling }) {
  return textArea({
    id: 'name', label: '名称', rows: 1,
    get: element => getBusinessObject(element).name ?? '',
    set: (element, value) => (isAny(element, ['bpmn:Process', 'bpmn:Collaboration'])
      ? modeling.updateProperties(element, { name: value || undefined })
      : modeling.updateLabel(element, value)),
  });
}

function role(element, { modeling, data }) {
  return selectField({
    id: 'role', label: '角色', description: '泳道的名称就是角色，决定待办进入谁的收件箱',
    get: lane => getBusinessObject(lane).name ?? '',
    set: (lane, value) => modeling.updateProperties(lane, { name: value || undefined }),
    options: lane => options(roles(data).map(item => ({ value: item.name, label: item.name })), getBusinessObject(lane).name),
  });
}

function id({ modeling }) {
  return {
    id: 'id', label: '编号', description: '英文小写加下划线；条件和表单按它引用，发布后不要更改',
    component: Id, isEdited: () => false,
    set: (element, value) => modeling.updateProperties(element, { id: value }),
  };
}

// The only field that must refuse a value: a double or malformed id would make the file unreadable.
function Id({ element, id: entryId, label, description, set }) {
  const debounce = useService('debounceInput');
  const moddle = useService('moddle');
  return TextFieldEntry({
    element, id: entryId, label, description, debounce,
    getValue: () => getBusinessObject(element).id,
    setValue: (value, error) => { if (!error) set(element, value); },
    validate: value => complaint(value, element, moddle),
  });
}

function complaint(value, element, moddle) {
  if (!value) return '编号不能为空';
  if (!/^[A-Za-z_][\w.-]*$/.test(value)) return '编号须以字母开头，只含字母、数字、下划线';
  const taken = moddle.ids.assigned(value);
  return taken && taken !== getBusinessObject(element) ? '编号已被其他元素使用' : undefined;
}

function participantProcess(element, { modeling }) {
  const process = is(element, 'bpmn:Participant') && getBusinessObject(element).processRef;
  if (!process) return [];
  return [textField({
    id: 'processId', label: '流程编号', description: '与文件名相同',
    get: () => process.id,
    set: (_, value) => value && modeling.updateModdleProperties(element, process, { id: value }),
  })];
}

function documentation({ modeling, bpmnFactory }) {
  return textArea({
    id: 'documentation', label: '说明（引用条文）', rows: 3,
    get: element => getBusinessObject(element).documentation?.[0]?.text ?? '',
    set: (element, value) => {
      const owner = getBusinessObject(element);
      const made = value ? [bpmnFactory.create('bpmn:Documentation', { text: value })] : [];
      for (const item of made) item.$parent = owner;
      modeling.updateModdleProperties(element, owner, { documentation: made });
    },
  });
}
