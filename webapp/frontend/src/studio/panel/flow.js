// What steers: conditions on flows, timers, multi-instance; and the functions one may use in their expressions.
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { functions } from '../data.js';
import { variable } from '../references.js';
import { checkField, selectField, terms, textArea, textField } from './entries.js';

export function condition(element, { modeling, bpmnFactory }) {
  if (!is(element, 'bpmn:SequenceFlow')) return null;
  const source = getBusinessObject(element).sourceRef;
  const splits = isAny(source, ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway', 'bpmn:ComplexGateway']);
  const present = getBusinessObject(element).conditionExpression;
  if (!splits && !present) return null;
  return {
    id: 'gh-condition',
    label: '条件',
    shouldOpen: true,
    entries: [
      textArea({
        id: 'gh-condition-text', label: '条件表达式', code: true, description: '如 recommend.outcome == "return"；默认分支不写条件',
        get: flow => getBusinessObject(flow).conditionExpression?.body ?? '',
        set: (flow, value) => modeling.updateProperties(flow, { conditionExpression: value ? bpmnFactory.create('bpmn:FormalExpression', { body: value }) : undefined }),
      }),
      ...(splits ? [checkField({
        id: 'gh-default', label: '默认分支', description: '其他条件都不成立时走这里',
        get: flow => source.default === getBusinessObject(flow),
        set: (flow, on) => modeling.updateProperties(flow.source, { default: on ? getBusinessObject(flow) : undefined }),
      })] : []),
    ],
  };
}

const KINDS = [
  { value: 'timeDate', label: '到某一时刻' },
  { value: 'timeDuration', label: '经过一段时间' },
  { value: 'timeCycle', label: '按周期重复' },
];
const HINTS = {
  timeDate: '如 deadline.due() 或 deadline.end_of(round.window_to)',
  timeDuration: '如 PT1H、P3D（自然日）',
  timeCycle: '如 R3/P7D',
};

export function timer(element, { modeling, bpmnFactory }) {
  const definition = is(element, 'bpmn:Event') && getBusinessObject(element).eventDefinitions?.find(item => item.$type === 'bpmn:TimerEventDefinition');
  if (!definition) return null;
  const kind = KINDS.map(option => option.value).find(name => definition.get(name)) ?? '';
  const write = (name, body) => {
    const expression = name && bpmnFactory.create('bpmn:FormalExpression', { body });
    if (expression) expression.$parent = definition;
    modeling.updateModdleProperties(element, definition, { timeDate: undefined, timeDuration: undefined, timeCycle: undefined, ...(name && { [name]: expression }) });
  };
  return {
    id: 'gh-timer',
    label: '定时器',
    shouldOpen: true,
    entries: [
      selectField({
        id: 'gh-timer-kind', label: '方式',
        get: () => kind,
        set: (_, value) => write(value, definition.get(kind)?.body ?? ''),
        options: () => [{ value: '', label: '（未选择）' }, ...KINDS],
      }),
      ...(kind ? [textArea({
        id: 'gh-timer-value', label: '时间', code: true, description: HINTS[kind],
        get: () => definition.get(kind)?.body ?? '',
        set: (_, value) => write(kind, value),
      })] : []),
    ],
  };
}

export function multiInstance(element, tools) {
  const loop = getBusinessObject(element).loopCharacteristics;
  if (loop?.$type !== 'bpmn:MultiInstanceLoopCharacteristics') return null;
  const { modeling, bpmnFactory, moddle } = tools;
  const update = changes => modeling.updateModdleProperties(element, loop, changes);
  const item = value => {
    const made = value && bpmnFactory.create('bpmn:DataInput', { id: value, name: value });
    if (made) made.$parent = loop;
    return made || undefined;
  };
  return {
    id: 'gh-multi',
    label: '多人办理',
    shouldOpen: true,
    entries: [
      textField({
        id: 'gh-multi-over', label: '名单变量', description: '按人或单位编号的集合，如 experts',
        get: () => loop.loopDataInputRef?.id ?? '',
        set: (_, value) => update({ loopDataInputRef: value ? variable(moddle, value) : undefined }),
      }),
      textField({
        id: 'gh-multi-each', label: '每一项的变量', description: '如 expert',
        get: () => loop.inputDataItem?.id ?? '',
        set: (_, value) => update({ inputDataItem: item(value) }),
      }),
      textField({
        id: 'gh-multi-result', label: '汇总到变量', description: '每人的结果按编号存入，如 expert_score',
        get: () => loop.loopDataOutputRef?.id ?? '',
        set: (_, value) => update({ loopDataOutputRef: value ? variable(moddle, value) : undefined }),
      }),
      textArea({
        id: 'gh-multi-until', label: '提前结束条件', code: true, description: '不填则等全部办完',
        get: () => loop.completionCondition?.body ?? '',
        set: (_, value) => {
          const made = value ? bpmnFactory.create('bpmn:FormalExpression', { body: value }) : undefined;
          if (made) made.$parent = loop;
          update({ completionCondition: made });
        },
      }),
      checkField({
        id: 'gh-multi-order', label: '依次办理',
        get: () => Boolean(loop.isSequential),
        set: (_, value) => update({ isSequential: value }),
      }),
    ],
  };
}

export function functionHelp(element, { data }) {
  const items = functions(data).map(item => ({ term: item.signature ?? item.name, text: item.doc ?? '' }));
  const uses = isAny(element, ['bpmn:SequenceFlow', 'bpmn:UserTask', 'bpmn:ServiceTask', 'bpmn:ScriptTask', 'bpmn:Event']);
  return uses && items.length ? { id: 'gh-functions', label: '可用函数', entries: [terms('gh-functions-list', items)] } : null;
}
