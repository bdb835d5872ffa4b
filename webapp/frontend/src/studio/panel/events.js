// Messages between cases: what is sent along, or into which variable it is received. Stands beside the generic choice of the message.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import { setText, text } from '../extensions.js';
import { textArea, textField } from './entries.js';

const PAYLOAD = 'spiffworkflow:MessagePayload';
const VARIABLE = 'spiffworkflow:MessageVariable';

export function events(element, tools) {
  const owner = carrier(getBusinessObject(element));
  if (!owner) return null;
  const sends = /Throw|EndEvent|SendTask/.test(element.type);
  const field = sends
    ? textArea({ id: 'gh-payload', label: '随消息发送', code: true, description: '表达式，得出一组键值', ...access(owner, PAYLOAD) })
    : textField({ id: 'gh-variable', label: '收到后存入变量', ...access(owner, VARIABLE) });
  return { id: 'gh-message', label: '消息内容', shouldOpen: true, entries: [field] };

  function access(holder, type) {
    return { get: () => text(holder, type), set: (_, value) => setText(tools, element, holder, type, value) };
  }
}

// Where the file keeps it: in the event's definition, or in the task itself.
function carrier(object) {
  if (object.$type === 'bpmn:SendTask' || object.$type === 'bpmn:ReceiveTask') return object;
  return object.eventDefinitions?.find(item => item.$type === 'bpmn:MessageEventDefinition');
}
