// Our groups in the properties panel, in the order an analyst thinks: what it is, who, what is filled in, what may come out, until when.
// The generic groups of bpmn.io that ours replace are left out.
import { basics } from './basics.js';
import { businessRule, script, serviceTask } from './automatic.js';
import { condition, functionHelp, multiInstance, timer } from './flow.js';
import { events } from './events.js';
import { outcomes } from './outcomes.js';
import { otherProperties } from './others.js';
import { deadline, form } from './usertask.js';

const REPLACED = new Set(['general', 'documentation', 'timer', 'multiInstance']);
const LABELS = {
  message: '消息', signal: '信号', error: '错误', escalation: '升级', link: '链接', compensation: '补偿', adHocCompletion: '完成条件',
};

export function propertiesModule(data) {
  class Provider {
    static $inject = ['propertiesPanel', 'modeling', 'bpmnFactory', 'moddle', 'elementRegistry'];

    constructor(propertiesPanel, modeling, bpmnFactory, moddle, elementRegistry) {
      this.tools = { modeling, bpmnFactory, moddle, elementRegistry, data };
      propertiesPanel.registerProvider(400, this); // after the generic groups
    }

    getGroups(element) {
      return groups => {
        const generic = groups.filter(group => !REPLACED.has(group.id)).map(group => ({ ...group, label: LABELS[group.id] ?? group.label }));
        const before = [basics, form, outcomes, deadline, serviceTask, businessRule, script, condition, timer, multiInstance];
        const after = [events, otherProperties, functionHelp];
        const made = makers => makers.map(make => make(element, this.tools)).filter(Boolean);
        return [...made(before), ...generic, ...made(after)];
      };
    }
  }
  return { __init__: ['guohePanel'], guohePanel: ['type', Provider] };
}
