// 其他属性: every spiffworkflow property that no field above shows, as name and value, so that nothing in the file is hidden.
import { ListGroup } from '@bpmn-io/properties-panel';
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { properties, setProperties, setProperty } from '../extensions.js';
import { textField } from './entries.js';

const SHOWN = {
  'bpmn:UserTask': ['formJsonSchemaFilename', 'formUiSchemaFilename', 'outcomes', 'due', 'reminders', 'articles', 'check', 'instructions'],
};

export function otherProperties(element, tools) {
  if (!isAny(element, ['bpmn:FlowElement', 'bpmn:Process', 'bpmn:Participant'])) return null;
  const owner = is(element, 'bpmn:Participant') ? getBusinessObject(element).processRef : getBusinessObject(element);
  if (!owner) return null;
  const shown = SHOWN[element.type] ?? [];
  const rows = properties(owner).filter(item => !shown.includes(item.name));
  return {
    id: 'gh-others',
    label: '其他属性',
    component: ListGroup,
    add: event => {
      event.stopPropagation();
      setProperty(tools, element, owner, `property_${rows.length + 1}`, '值');
    },
    items: rows.map((row, index) => ({
      id: `gh-other-${index}`,
      label: `${row.name}：${row.value ?? ''}`,
      entries: [
        textField({
          id: `gh-other-${index}-name`, label: '名称',
          get: () => row.name,
          set: (_, value) => value && setProperties(tools, element, owner, { [row.name]: '', [value]: row.value }),
        }),
        textField({
          id: `gh-other-${index}-value`, label: '值',
          get: () => row.value ?? '',
          set: (_, value) => value && setProperty(tools, element, owner, row.name, value),
        }),
      ],
      remove: event => {
        event.stopPropagation();
        setProperty(tools, element, owner, row.name, '');
      },
    })),
  };
}
