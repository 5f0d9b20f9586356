// Reading and changing the parts of a BPMN model that our groups show, each change one step of the undo stack.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

export { getBusinessObject as bo, is };

// The definition of an event's timer, message…, or undefined.
export const definition = (element, type) =>
  getBusinessObject(element).get('eventDefinitions')?.find(found => found.$instanceOf(type));

export const loop = element => {
  const found = getBusinessObject(element).get('loopCharacteristics');
  return found?.$instanceOf('bpmn:MultiInstanceLoopCharacteristics') ? found : undefined;
};

export const again = element => {
  const found = getBusinessObject(element).get('loopCharacteristics');
  return found?.$instanceOf('bpmn:StandardLoopCharacteristics') ? found : undefined;
};

export class Model {
  constructor(modeling, bpmnFactory) {
    this.modeling = modeling;
    this.factory = bpmnFactory;
  }

  // An attribute of the element itself.
  attribute(name) {
    return [
      element => getBusinessObject(element).get(name),
      (element, value) => this.modeling.updateProperties(element, { [name]: value }),
    ];
  }

  // An attribute of a part of the element; `find` gives the part.
  partAttribute(find, name) {
    return [
      element => find(element)?.get(name),
      (element, value) => this.modeling.updateModdleProperties(element, find(element), { [name]: value }),
    ];
  }

  // An expression element (`bpmn:FormalExpression`) in a part of the element.
  partExpression(find, name) {
    return [
      element => find(element)?.get(name)?.get('body'),
      (element, value) => this.setExpression(element, find(element), name, value),
    ];
  }

  setExpression(element, part, name, value) {
    const expression = value === undefined ? undefined : this.create('bpmn:FormalExpression', { body: value, language: 'feel' }, part);
    this.modeling.updateModdleProperties(element, part, { [name]: expression });
  }

  create(type, attributes, parent) {
    const made = this.factory.create(type, attributes);
    made.$parent = parent;
    return made;
  }

  // A named parameter of an external task: `camunda:inputOutput/inputParameter`.
  parameter(name) {
    return [
      element => parameters(element).find(found => found.get('name') === name)?.get('value'),
      (element, value) => this.setParameter(element, name, value),
    ];
  }

  setParameter(element, name, value) {
    const task = getBusinessObject(element);
    const kept = parameters(element).filter(found => found.get('name') !== name);
    const others = (task.get('extensionElements')?.get('values') ?? []).filter(found => !found.$instanceOf('camunda:InputOutput'));
    const holder = this.create('bpmn:ExtensionElements', { values: others }, task);
    const inputs = value === undefined ? kept : [...kept, this.factory.create('camunda:InputParameter', { name, value })];
    if (inputs.length) {
      const mapping = this.create('camunda:InputOutput', { inputParameters: inputs }, holder);
      inputs.forEach(input => { input.$parent = mapping; });
      holder.get('values').push(mapping);
    }
    this.modeling.updateProperties(element, { extensionElements: holder.get('values').length ? holder : undefined });
  }
}

function parameters(element) {
  const values = getBusinessObject(element).get('extensionElements')?.get('values') ?? [];
  return values.find(found => found.$instanceOf('camunda:InputOutput'))?.get('inputParameters') ?? [];
}
