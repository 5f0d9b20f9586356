// What the engine does by itself: a computation, a decision, an action, another process.
import { h } from '@bpmn-io/properties-panel/preact';
import { t } from '../translate.js';
import { bo, is } from './model.js';
import { area, choice, feel, own, text } from './entries.js';

function computation(element, model, vocabulary) {
  if (!is(element, 'bpmn:ScriptTask')) return null;
  const get = () => bo(element).get('script');
  const set = (_, script) => model.modeling.updateProperties(element, { script, scriptFormat: 'feel' });
  return {
    id: 'asae-script',
    label: 'Computation',
    entries: [feel('asae-script-body', 'FEEL context: each entry becomes a variable', get, set, { bare: true, variables: () => vocabulary.variables })],
  };
}

function decision(element, model, vocabulary) {
  if (!is(element, 'bpmn:BusinessRuleTask')) return null;
  const [get, set] = model.attribute('camunda:decisionRef');
  return {
    id: 'asae-decision',
    label: 'Decision',
    entries: [
      choice('asae-decision-ref', 'Decision table', get, set, { options: () => vocabulary.decisions.map(({ id, name }) => ({ value: id, label: name })) }),
      text('asae-decision-result', 'Name of the result', ...model.attribute('camunda:resultVariable')),
      own('asae-decision-open', Open, { get, address: key => vocabulary.decisionAddress(key), label: 'Open the table' }),
    ],
  };
}

function action(element, model, vocabulary) {
  if (!is(element, 'bpmn:ServiceTask') && !is(element, 'bpmn:SendTask')) return null;
  const [get] = model.attribute('camunda:topic');
  const set = (_, topic) => model.modeling.updateProperties(element, { 'camunda:type': topic ? 'external' : undefined, 'camunda:topic': topic });
  const topic = vocabulary.topics.find(({ key }) => key === get(element));
  const entries = [choice('asae-topic', 'Action', get, set, { options: () => vocabulary.topics.map(({ key, label }) => ({ value: key, label })) })];
  for (const { key, label, kind } of topic?.parameters ?? []) {
    const accessors = model.parameter(key);
    if (kind === 'recipient') entries.push(choice(`asae-parameter-${key}`, label, ...accessors, { options: () => vocabulary.recipients, describe: token => vocabulary.roleName(token) }));
    else entries.push(area(`asae-parameter-${key}`, label, ...accessors));
  }
  return { id: 'asae-action', label: 'Automatic action', entries };
}

function called(element, model, vocabulary) {
  if (!is(element, 'bpmn:CallActivity')) return null;
  const [get, set] = model.attribute('calledElement');
  return {
    id: 'asae-called',
    label: 'Called process',
    entries: [
      choice('asae-called-key', 'Process', get, set, { options: () => vocabulary.processes.filter(({ kind }) => kind === 'called').map(({ key, name }) => ({ value: key, label: name })) }),
      own('asae-called-open', Open, { get, address: key => vocabulary.addresses.process.replace('{key}', key), label: 'Open the process' }),
    ],
  };
}

function Open({ element, get, address, label }) {
  const key = get(element);
  const target = key && address(key);
  if (!target) return null;
  return h('div', { class: 'bio-properties-panel-entry panel-actions' }, h('a', { href: target, target: '_blank', rel: 'opener' }, t(label)));
}

export const automationGroups = [computation, decision, action, called];
