// 办理结果: one row a button; id for conditions, words for people, and whether an opinion must be written.
import { ListGroup } from '@bpmn-io/properties-panel';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { property, setProperty } from '../extensions.js';
import { format, parse } from '../outcomes.js';
import { checkField, textField } from './entries.js';

export function outcomes(element, tools) {
  if (!is(element, 'bpmn:UserTask')) return null;
  const owner = getBusinessObject(element);
  const read = () => parse(property(owner, 'outcomes'));
  const write = rows => setProperty(tools, element, owner, 'outcomes', format(rows));
  const rows = read();
  return {
    id: 'gh-outcomes',
    label: '办理结果',
    component: ListGroup,
    shouldOpen: true,
    add: event => {
      event.stopPropagation();
      const free = ['approve', 'return', 'refuse', 'submit'].find(id => !rows.some(row => row.id === id)) ?? `outcome_${rows.length + 1}`;
      write([...rows, { id: free, label: '新结果', opinion: free !== 'approve' && free !== 'submit' }]);
    },
    items: rows.map((row, index) => item(row, index)),
  };

  function item(row, index) {
    const change = values => write(read().map((other, at) => (at === index ? { ...other, ...values } : other)));
    const field = (name, label, make, description) => make({
      id: `gh-outcome-${index}-${name}`, label, description,
      get: () => read()[index]?.[name] ?? '',
      set: (_, value) => change({ [name]: value }),
    });
    return {
      id: `gh-outcome-${index}`,
      label: `${row.label || '（未命名）'} · ${row.id}${row.opinion ? ' · 须填意见' : ''}`,
      entries: [
        field('label', '名称', textField, '按钮上的文字'),
        field('id', '编号', textField, '条件中使用，如 recommend'),
        field('opinion', '必须填写意见', checkField),
      ],
      remove: event => {
        event.stopPropagation();
        write(read().filter((_, at) => at !== index));
      },
    };
  }
}
