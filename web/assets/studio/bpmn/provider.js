// The properties panel: of the stock groups only those that our engine reads, then the programme's own.
import { Group } from '@bpmn-io/properties-panel';
import { t } from '../translate.js';
import { Model, is } from './model.js';
import { formGroup } from './group-form.js';
import { peopleGroup } from './group-people.js';
import { delaysGroup } from './group-delays.js';
import { awaitedGroup, conditionGroup } from './group-condition.js';
import { timerGroup } from './group-timer.js';
import { automationGroups } from './group-automation.js';
import { repetitionGroup } from './group-repetition.js';
import { processGroup } from './group-process.js';

const STOCK = new Set(['general', 'message', 'error', 'signal', 'escalation', 'link', 'compensation']);

class ProgrammeProvider {
  constructor(propertiesPanel, modeling, bpmnFactory, vocabulary) {
    this.model = new Model(modeling, bpmnFactory);
    this.vocabulary = vocabulary;
    propertiesPanel.registerProvider(500, this);
  }

  getGroups(element) {
    return stock => {
      const kept = stock.filter(({ id }) => STOCK.has(id));
      const documentation = stock.filter(({ id }) => id === 'documentation');
      if (is(element, 'bpmn:TextAnnotation') || is(element, 'bpmn:Group')) return kept;
      const own = [
        processGroup, formGroup, peopleGroup, delaysGroup, conditionGroup, awaitedGroup, timerGroup, ...automationGroups, repetitionGroup,
      ].map(group => group(element, this.model, this.vocabulary)).filter(Boolean)
        .map(({ id, label, entries }) => ({ id, label: t(label), entries, component: Group, shouldOpen: true }));
      return [...kept, ...own, ...documentation];
    };
  }
}

ProgrammeProvider.$inject = ['propertiesPanel', 'modeling', 'bpmnFactory', 'config.vocabulary'];

export default { __init__: ['programmeProvider'], programmeProvider: ['type', ProgrammeProvider] };
