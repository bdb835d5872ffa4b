// 服务任务, 规则任务, 脚本任务: what the system does by itself.
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { decisions, firstLine, handler, handlers } from '../data.js';
import { extension, setExtension, setText, text } from '../extensions.js';
import { note, options, selectField, textArea, textField } from './entries.js';

const OPERATOR = 'spiffworkflow:ServiceTaskOperator';
const operator = element => extension(getBusinessObject(element), OPERATOR);

export function serviceTask(element, tools) {
  if (!isAny(element, ['bpmn:ServiceTask', 'bpmn:SendTask'])) return null;
  const chosen = handler(tools.data, operator(element)?.id);
  return {
    id: 'gh-service',
    label: '处理器',
    shouldOpen: true,
    entries: [
      choice(tools),
      ...(chosen ? [note('gh-handler-doc', chosen.doc?.trim().split('\n').map(line => line.trim()))] : []),
      ...parameters(chosen, element, tools),
      textField({
        id: 'gh-result', label: '结果变量', description: '处理结果存入该变量，条件中可用',
        get: task => operator(task)?.resultVariable ?? '',
        set: (task, value) => operator(task) && write(tools, task, { resultVariable: value || undefined }),
      }),
    ],
  };
}

function choice(tools) {
  const known = handlers(tools.data).map(item => ({ value: item.name, label: `${item.name}　${firstLine(item.doc)}` }));
  return selectField({
    id: 'gh-handler', label: '函数',
    get: task => operator(task)?.id ?? '',
    set: (task, value) => {
      if (!value) return setExtension(tools, task, getBusinessObject(task), OPERATOR, null);
      // Arguments belong to the function that was chosen before.
      return write(tools, task, { id: value, resultVariable: operator(task)?.resultVariable ?? value.split('.').pop(), parameterList: tools.bpmnFactory.create('spiffworkflow:Parameters', {}) });
    },
    options: task => options(known, operator(task)?.id),
  });
}

const write = (tools, element, attributes) => setExtension(tools, element, getBusinessObject(element), OPERATOR, attributes);

// Those of the signature first; others that stand in the file stay visible.
function parameters(chosen, element, tools) {
  const given = operator(element)?.parameterList?.parameters ?? [];
  const signature = chosen?.parameters ?? [];
  const strangers = given.filter(item => !signature.some(known => known.name === item.id)).map(item => ({ name: item.id, type: item.type, doc: '该函数没有这个参数' }));
  return [...signature, ...strangers].map(parameter => textField({
    id: `gh-parameter-${parameter.name}`,
    label: `参数 ${parameter.name}${parameter.type ? `（${parameter.type}）` : ''}`,
    description: parameter.doc,
    get: task => (operator(task)?.parameterList?.parameters ?? []).find(item => item.id === parameter.name)?.value ?? '',
    set: (task, value) => setParameter(tools, task, parameter, value),
  }));
}

function setParameter(tools, element, { name, type }, value) {
  const others = (operator(element)?.parameterList?.parameters ?? []).filter(item => item.id !== name);
  const made = value ? [tools.bpmnFactory.create('spiffworkflow:Parameter', { id: name, type: type ?? 'any', value })] : [];
  const holder = tools.bpmnFactory.create('spiffworkflow:Parameters', { parameters: [...others, ...made] });
  for (const item of holder.parameters) item.$parent = holder;
  write(tools, element, { parameterList: holder });
}

export function businessRule(element, tools) {
  if (!is(element, 'bpmn:BusinessRuleTask')) return null;
  const type = 'spiffworkflow:CalledDecisionId';
  return {
    id: 'gh-decision',
    label: '判定表',
    shouldOpen: true,
    entries: [selectField({
      id: 'gh-decision-id', label: '判定表', description: 'bpmn/ 中的 .dmn 文件',
      get: task => text(getBusinessObject(task), type),
      set: (task, value) => setText(tools, task, getBusinessObject(task), type, value),
      options: task => options(decisions(tools.data).map(item => ({ value: item.id, label: item.name })), text(getBusinessObject(task), type)),
    })],
  };
}

export function script(element, { modeling }) {
  if (!is(element, 'bpmn:ScriptTask')) return null;
  return {
    id: 'gh-script',
    label: '脚本',
    shouldOpen: true,
    entries: [textArea({
      id: 'gh-script-text', label: '脚本', rows: 5, code: true, description: '只可使用登记的函数；较复杂的规则请做成处理器',
      get: task => getBusinessObject(task).script ?? '',
      set: (task, value) => modeling.updateProperties(task, { script: value || undefined }),
    })],
  };
}
