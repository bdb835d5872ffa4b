// bpmnlint while drawing. Rules are imported one by one: the usual resolver packs configurations with eval, which CSP forbids.
// These are quick hints; what publishing will say comes from the server (findings.js).
import conditionalFlows from 'bpmnlint/rules/conditional-flows';
import endEventRequired from 'bpmnlint/rules/end-event-required';
import noDisconnected from 'bpmnlint/rules/no-disconnected';
import noDuplicateFlows from 'bpmnlint/rules/no-duplicate-sequence-flows';
import noGatewayJoinFork from 'bpmnlint/rules/no-gateway-join-fork';
import noImplicitEnd from 'bpmnlint/rules/no-implicit-end';
import noImplicitSplit from 'bpmnlint/rules/no-implicit-split';
import noImplicitStart from 'bpmnlint/rules/no-implicit-start';
import startEventRequired from 'bpmnlint/rules/start-event-required';
import superfluousGateway from 'bpmnlint/rules/superfluous-gateway';
import { handler, roles } from './data.js';
import { extension, property } from './extensions.js';
import { parse } from './outcomes.js';

// name: [rule, level, words]
const GENERIC = {
  'start-event-required': [startEventRequired, 'error', '缺少开始事件'],
  'end-event-required': [endEventRequired, 'error', '缺少结束事件'],
  'no-disconnected': [noDisconnected, 'error', '元素未连线'],
  'no-implicit-split': [noImplicitSplit, 'error', '多条流出未用网关分支'],
  'conditional-flows': [conditionalFlows, 'error', '分支缺少条件'],
  'no-implicit-start': [noImplicitStart, 'warn', '没有流入，会被当作开始'],
  'no-implicit-end': [noImplicitEnd, 'warn', '没有流出，会被当作结束'],
  'superfluous-gateway': [superfluousGateway, 'warn', '多余的网关'],
  'no-gateway-join-fork': [noGatewayJoinFork, 'warn', '网关同时汇合与分支'],
  'no-duplicate-sequence-flows': [noDuplicateFlows, 'warn', '重复的连线'],
};

export const words = Object.fromEntries(Object.entries(GENERIC).map(([name, [, , text]]) => [name, text]));

export function linting(data) {
  const rules = { ...GENERIC, ...houseRules(data) };
  const config = { rules: Object.fromEntries(Object.entries(rules).map(([name, [, level]]) => [name, level])) };
  const resolver = {
    resolveRule: (_package, name) => rules[name][0],
    resolveConfig: name => { throw new Error(`no shared configuration: ${name}`); },
  };
  return { bpmnlint: { config, resolver }, active: true };
}

function houseRules(data) {
  const rule = check => [() => ({ check }), 'error'];
  return {
    'gh-outcomes': rule((node, reporter) => {
      if (!isA(node, 'bpmn:UserTask')) return;
      const rows = parse(property(node, 'outcomes'));
      if (!rows.length) reporter.report(node.id, '用户任务没有办理结果');
      if (rows.some(row => !/^[a-z_]\w*$/.test(row.id) || !row.label)) reporter.report(node.id, '办理结果的编号或名称不完整');
      if (new Set(rows.map(row => row.id)).size < rows.length) reporter.report(node.id, '办理结果的编号重复');
    }),
    'gh-handler': rule((node, reporter) => {
      if (!isA(node, 'bpmn:ServiceTask') && !isA(node, 'bpmn:SendTask')) return;
      const name = extension(node, 'spiffworkflow:ServiceTaskOperator')?.id;
      if (!name) reporter.report(node.id, '服务任务没有选择处理器');
      else if (!handler(data, name)) reporter.report(node.id, `处理器“${name}”没有登记`);
    }),
    'gh-role': rule((node, reporter) => {
      if (!isA(node, 'bpmn:Lane') || !roles(data).length || roles(data).some(role => role.name === node.name)) return;
      reporter.report(node.id, `泳道“${node.name ?? ''}”不是已登记的角色`);
    }),
    'gh-decision': rule((node, reporter) => {
      if (isA(node, 'bpmn:BusinessRuleTask') && !extension(node, 'spiffworkflow:CalledDecisionId')?.value) reporter.report(node.id, '规则任务没有选择判定表');
    }),
    'gh-timer': rule((node, reporter) => {
      if (!isA(node, 'bpmn:TimerEventDefinition')) return;
      const body = (node.timeDate ?? node.timeDuration ?? node.timeCycle)?.body;
      if (!body?.trim()) reporter.report(node.$parent.id, '定时器没有填写时间');
    }),
    'gh-name': rule((node, reporter) => {
      if (isA(node, 'bpmn:FlowElement') && !/^[A-Za-z_][\w.-]*$/.test(node.id ?? '')) reporter.report(node.id, '编号须由英文字母、数字和下划线组成');
    }),
  };
}

const isA = (node, type) => Boolean(node.$instanceOf?.(type));
