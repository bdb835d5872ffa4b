// 用户任务: which form, until when, reminded when.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { forms, handlers, firstLine } from '../data.js';
import { property, setProperties, setProperty } from '../extensions.js';
import { options, selectField, textArea, textField } from './entries.js';

const SCHEMA = 'formJsonSchemaFilename';
const UI = 'formUiSchemaFilename';

export function form(element, tools) {
  if (!is(element, 'bpmn:UserTask')) return null;
  return {
    id: 'gh-form',
    label: '表单',
    shouldOpen: true,
    entries: [formFile(element, tools), check(tools), instructions(tools)],
  };
}

export function deadline(element, tools) {
  if (!is(element, 'bpmn:UserTask')) return null;
  return {
    id: 'gh-deadline',
    label: '时限与条文',
    shouldOpen: true,
    entries: [
      plain(tools, 'due', '办理时限', '表达式，得出一个日期，如 workdays(param("review.formal_days"))', textArea),
      plain(tools, 'reminders', '提醒', '到期前几个工作日提醒，用逗号分开，如 7,3,1'),
      plain(tools, 'articles', '依据条文', '如 11(2),13(1)'),
    ],
  };
}

function formFile(element, tools) {
  const known = forms(tools.data).map(item => ({ value: item.name, label: item.title }));
  return selectField({
    id: 'gh-form-file', label: '表单', description: '不选时使用与任务编号同名的表单',
    get: task => property(getBusinessObject(task), SCHEMA).replace(/\.schema\.json$/, ''),
    set: (task, value) => setProperties(tools, task, getBusinessObject(task), {
      [SCHEMA]: value && `${value}.schema.json`,
      [UI]: value && `${value}.ui.json`,
    }),
    options: task => options(known, property(getBusinessObject(task), SCHEMA).replace(/\.schema\.json$/, ''), `默认：${processOf(element)}/${element.id}`),
  });
}

function check(tools) {
  const known = handlers(tools.data).filter(item => /\.check_/.test(item.name)).map(item => ({ value: item.name, label: `${item.name} ${firstLine(item.doc)}` }));
  return selectField({
    id: 'gh-check', label: '提交前检查', description: '提交时先由该函数检查填写内容',
    get: task => property(getBusinessObject(task), 'check'),
    set: (task, value) => setProperty(tools, task, getBusinessObject(task), 'check', value),
    options: task => options(known, property(getBusinessObject(task), 'check'), '（无）'),
  });
}

function instructions(tools) {
  return plain(tools, 'instructions', '办理说明', '显示在办理页顶部', textArea);
}

function plain(tools, name, label, description, kind = textField) {
  return kind({
    id: `gh-${name}`, label, description,
    get: element => property(getBusinessObject(element), name),
    set: (element, value) => setProperty(tools, element, getBusinessObject(element), name, value),
  });
}

export function processOf(element) {
  let owner = getBusinessObject(element);
  while (owner && owner.$type !== 'bpmn:Process') owner = owner.$parent;
  return owner?.id ?? '';
}
