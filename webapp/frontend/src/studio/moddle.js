// The spiffworkflow: extension elements. All 25 types are declared, also those our panel does not edit, so that a file made with
// SpiffArena loses nothing when it is opened and saved here.
const body = name => ({ name, superClass: ['Element'], properties: [{ name: 'value', isBody: true, type: 'String' }] });
const attribute = name => ({ name, isAttr: true, type: 'String' });
const child = name => ({ name, type: 'String' });
const one = (name, type) => ({ name, type });
const many = (name, type) => ({ name, type, isMany: true });
const record = (name, ...properties) => ({ name, superClass: ['Element'], properties });

export const spiffworkflow = {
  name: 'SpiffWorkflow',
  prefix: 'spiffworkflow',
  uri: 'http://spiffworkflow.org/bpmn/schema/1.0/core',
  xml: { tagAlias: 'lowerCase' },
  associations: [],
  types: [
    body('PreScript'),
    body('PostScript'),
    body('MessagePayload'),
    body('MessageVariable'),
    body('CalledDecisionId'),
    body('InstructionsForEndUser'),
    body('AllowGuest'),
    body('GuestConfirmation'),
    body('Category'),
    body('SignalButtonLabel'),
    body('InputJson'),
    body('ExpectedOutputJson'),
    body('PayloadExpression'),
    body('VariableName'),
    body('ScriptsOnInstances'),
    record('ProcessVariableCorrelation', child('propertyId'), child('expression')),
    record('Properties', many('properties', 'Property')),
    record('Property', attribute('name'), attribute('value')),
    record('ServiceTaskOperator', attribute('id'), attribute('resultVariable'), one('parameterList', 'Parameters')),
    record('Parameters', many('parameters', 'Parameter')),
    record('Parameter', attribute('id'), attribute('name'), attribute('type'), attribute('value')),
    record('UnitTests', many('unitTests', 'UnitTest')),
    record('UnitTest', attribute('id'), one('inputJson', 'InputJson'), one('expectedOutputJson', 'ExpectedOutputJson')),
    record('TaskMetadataValues', many('values', 'TaskMetadataValue')),
    record('TaskMetadataValue', attribute('name'), attribute('value')),
  ],
};
