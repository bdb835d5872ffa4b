// What an element is called. One table for the viewer's panel, the text alternative and the findings of the studio.
const NAMES = {
  'bpmn:Process': '流程', 'bpmn:Collaboration': '协作图', 'bpmn:Participant': '参与方', 'bpmn:Lane': '泳道',
  'bpmn:UserTask': '用户任务', 'bpmn:ServiceTask': '服务任务', 'bpmn:SendTask': '发送任务', 'bpmn:ReceiveTask': '接收任务',
  'bpmn:ScriptTask': '脚本任务', 'bpmn:BusinessRuleTask': '规则任务', 'bpmn:ManualTask': '线下任务', 'bpmn:Task': '任务',
  'bpmn:CallActivity': '调用流程', 'bpmn:SubProcess': '子流程', 'bpmn:Transaction': '事务', 'bpmn:AdHocSubProcess': '即席子流程',
  'bpmn:ExclusiveGateway': '排他网关', 'bpmn:ParallelGateway': '并行网关', 'bpmn:InclusiveGateway': '包容网关',
  'bpmn:EventBasedGateway': '事件网关', 'bpmn:ComplexGateway': '复杂网关',
  'bpmn:StartEvent': '开始事件', 'bpmn:EndEvent': '结束事件', 'bpmn:IntermediateCatchEvent': '中间捕获事件',
  'bpmn:IntermediateThrowEvent': '中间抛出事件', 'bpmn:BoundaryEvent': '边界事件',
  'bpmn:SequenceFlow': '顺序流', 'bpmn:MessageFlow': '消息流', 'bpmn:Association': '关联', 'bpmn:TextAnnotation': '注释',
  'bpmn:DataObjectReference': '数据对象', 'bpmn:DataStoreReference': '数据存储', 'bpmn:Group': '分组',
};

export const typeName = type => NAMES[type] ?? '元素';

export const nameOf = object => object?.name?.replace(/\s+/g, ' ').trim() || `${typeName(object?.$type)} ${object?.id ?? ''}`.trim();
