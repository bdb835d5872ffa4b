// Strings of the bpmn.io libraries that bpmn-js-i18n does not know, or says in words other than ours (泳道, not 通道).
export const dictionary = {
  // canvas
  'Add lane above': '在上方添加泳道', 'Add lane below': '在下方添加泳道', 'Divide into two lanes': '分成两条泳道',
  'Divide into three lanes': '分成三条泳道', 'more than {count} child lanes': '超过 {count} 条泳道',
  'Activate hand tool': '拖动画布', 'Activate lasso tool': '框选', 'Activate create/remove space tool': '增减空白', 'Activate global connect tool': '连线',
  'Change element': '更改类型', 'Change type': '更改类型', 'Align elements': '对齐元素', 'Align elements ': '对齐元素', 'Toggle non-interrupting': '切换为非中断',
  'Distribute elements horizontally': '水平等距分布', 'Distribute elements vertically': '垂直等距分布', 'Set color': '设置颜色',
  'Ad-hoc sub-process': '即席子流程', 'Event based instantiating Gateway': '事件启动网关', 'Parallel Event based instantiating Gateway': '并行事件启动网关',
  'Open minimap': '打开缩略图', 'Close minimap': '关闭缩略图', 'Toggle minimap': '缩略图', 'Pool': '泳池', 'Lane': '泳道', 'Participant': '参与方',
  'Create pool/participant': '创建泳池', 'Expanded pool/participant': '展开的泳池', 'Empty pool/participant': '折叠的泳池', 'Search': '查找', 'Search in diagram': '在图中查找',
  ' + shift + ': ' + shift + ',
  'Exclusive gateway': '排他网关', 'Receive task': '接收任务', 'Manual task': '线下任务', 'Call activity': '调用流程', 'Create pool': '创建泳池',
  'Sub-process (collapsed)': '子流程（折叠）', 'Sub-process (expanded)': '子流程（展开）', 'Create expanded sub-process': '创建子流程',
  'Ad-hoc': '即席', 'Ad-hoc sub-process (collapsed)': '即席子流程（折叠）', 'Ad-hoc sub-process (expanded)': '即席子流程（展开）',
  'Empty pool/participant (removes content)': '折叠的泳池（删除内容）', 'Data object reference': '数据对象', 'Data store reference': '数据存储',
  'Create data object reference': '创建数据对象', 'Create data store reference': '创建数据存储', 'Connect using association': '用关联线连接',
  'Connect using sequence/message flow or association': '用顺序流、消息流或关联线连接', 'Connect using data input association': '用数据关联连接',
  'Parallel multi-instance': '多人同时办理', 'Sequential multi-instance': '多人依次办理', 'Participant multiplicity': '多个参与方',
  // colours
  'Default': '默认', 'Blue': '蓝', 'Orange': '橙', 'Green': '绿', 'Red': '红', 'Purple': '紫',
  // checking
  'Toggle linting overlays': '显示或隐藏检查标记', 'Issues for child elements': '子元素的问题', 'No Issues': '没有问题', 'No issues': '没有问题',
  '{errors} Errors, {warnings} Warnings': '{errors} 个错误，{warnings} 个警告', 'errors': '错误', 'warnings': '警告',
  'Element is missing label/name': '缺少名称', 'Element is not connected': '元素未连线', 'Element is an implicit end': '没有流出，会被当作结束',
  'Element is an implicit start': '没有流入，会被当作开始', 'Flow splits implicitly': '多条流出未用网关分支', 'Gateway forks and joins': '网关同时汇合与分支',
  'Gateway is superfluous. It only has one source and target.': '多余的网关', 'Incoming flows do not join': '多条流入未用网关汇合',
  'Sequence flow is missing condition': '分支缺少条件', 'SequenceFlow is a duplicate': '重复的连线', 'Duplicate outgoing sequence flows': '重复的流出',
  'Duplicate incoming sequence flows': '重复的流入', 'Process is missing end event': '缺少结束事件', 'Process is missing start event': '缺少开始事件',
  'Sub process is missing end event': '子流程缺少结束事件', 'Sub process is missing start event': '子流程缺少开始事件',
  // panel: frame
  'Select an element to edit its properties.': '请选择一个元素', 'Multiple elements are selected. Select a single element to edit its properties.': '选择了多个元素，请只选一个',
  'Section contains edits': '本组已有内容', 'Section contains an error': '本组有错误', 'Section contains errors': '本组有错误', 'Toggle section': '展开或收起',
  'Open element documentation': '打开说明', 'Create new list item': '添加一项', 'Delete item': '删除', 'Toggle list item': '展开或收起', 'Create': '添加',
  'List contains {numOfItems} item': '共 {numOfItems} 项', 'List contains {numOfItems} items': '共 {numOfItems} 项', 'Empty': '空', 'Open pop-up editor': '打开编辑窗口',
  // panel: generic groups
  'General': '基本', 'Documentation': '说明', 'Name': '名称', 'ID': '编号', 'Executable': '可执行', 'Element documentation': '元素说明', 'Process documentation': '流程说明',
  'Message': '消息', 'Signal': '信号', 'Error': '错误', 'Escalation': '升级', 'Link': '链接', 'Compensation': '补偿', 'Timer': '定时器', 'Multi-instance': '多实例',
  'Completion': '完成', 'Cancel remaining instances': '取消其余实例', 'Completion condition': '完成条件', 'Loop cardinality': '循环次数',
  'Global message reference': '消息', 'Global signal reference': '信号', 'Global error reference': '错误', 'Global escalation reference': '升级',
  '<none>': '（未选择）', 'Create new ...': '新建……', 'Code': '代码', 'Wait for completion': '等待完成', 'Activity reference': '补偿的活动',
  'Type': '方式', 'Value': '值', 'Date': '时刻', 'Duration': '时长', 'Cycle': '周期', 'Format': '格式', 'Condition': '条件', 'Condition expression': '条件表达式',
  'Participant Name': '泳池名称', 'Participant ID': '泳池编号', 'Process name': '流程名称', 'Process ID': '流程编号', 'Process Name': '流程名称', 'Participant name': '泳池名称',
  'ID must not be empty.': '编号不能为空', 'ID must be unique.': '编号已被使用', 'ID must not contain spaces.': '编号不能有空格', 'ID must be a valid QName.': '编号格式不对',
  // panel: kinds of elements, as the header spells them
  'Collaboration': '协作图', 'Process': '流程', 'Task': '任务', 'User Task': '用户任务', 'Service Task': '服务任务', 'Send Task': '发送任务', 'Receive Task': '接收任务',
  'Script Task': '脚本任务', 'Manual Task': '线下任务', 'Business Rule Task': '规则任务', 'Call Activity': '调用流程', 'Sub Process': '子流程',
  'Event Sub Process': '事件子流程', 'Expanded Sub Process': '子流程', 'Collapsed Sub Process': '子流程（折叠）', 'Transaction': '事务', 'Ad Hoc Sub Process': '即席子流程',
  'Exclusive Gateway': '排他网关', 'Parallel Gateway': '并行网关', 'Inclusive Gateway': '包容网关', 'Event Based Gateway': '事件网关', 'Complex Gateway': '复杂网关',
  'Sequence Flow': '顺序流', 'Conditional Flow': '条件流', 'Default Flow': '默认流', 'Message Flow': '消息流', 'Association': '关联', 'Data Input Association': '数据关联',
  'Data Output Association': '数据关联', 'Text Annotation': '注释', 'Group': '分组', 'Data Object Reference': '数据对象', 'Data Store Reference': '数据存储',
  'Start Event': '开始事件', 'End Event': '结束事件', 'Intermediate Throw Event': '中间抛出事件', 'Intermediate Catch Event': '中间捕获事件', 'Boundary Event': '边界事件',
  ...events(),
  // simulation
  'Token Simulation': '仿真', 'Trigger Event': '触发事件', 'Set Sequence Flow': '选择分支', 'Toggle Pause Point': '暂停点', 'Add pause point': '添加暂停点',
  'Remove pause point': '去掉暂停点', 'Play/Pause Simulation': '运行或暂停', 'Reset Simulation': '重新开始', 'Show Simulation Log': '仿真记录', 'Set Animation Speed': '速度',
  'Add Pause Point': '添加暂停点', 'Remove Pause Point': '去掉暂停点',
};

// `Timer Boundary Event (non-interrupting)` and its kin follow a pattern.
function events() {
  const kinds = {
    Message: '消息', Timer: '定时', Signal: '信号', Error: '错误', Escalation: '升级', Conditional: '条件', Link: '链接', Compensation: '补偿', Cancel: '取消', Terminate: '终止', Multiple: '多重',
  };
  const places = {
    'Start Event': '开始事件', 'End Event': '结束事件', 'Boundary Event': '边界事件', 'Intermediate Catch Event': '中间捕获事件', 'Intermediate Throw Event': '中间抛出事件',
  };
  const made = {};
  for (const [kind, name] of Object.entries(kinds)) {
    for (const [place, text] of Object.entries(places)) {
      for (const words of [place, place.toLowerCase()]) { // the panel and the canvas spell them differently
        made[`${kind} ${words}`] = `${name}${text}`;
        made[`${kind} ${words} (Non Interrupting)`] = `${name}${text}（非中断）`;
        made[`${kind} ${words} (non-interrupting)`] = `${name}${text}（非中断）`;
      }
    }
  }
  return made;
}
