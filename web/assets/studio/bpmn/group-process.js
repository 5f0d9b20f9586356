// « Processus »: what kind of process the diagram is, who may start it and when it is offered.
import { bo, is } from './model.js';
import { choice, feel, own } from './entries.js';
import { Roles } from './group-people.js';
import { t } from '../translate.js';

export function processGroup(element, model, vocabulary) {
  const find = process(element);
  if (!find) return null;
  const attribute = name => model.partAttribute(find, name);
  const [kind, setKind] = attribute('asae:kind');
  const entries = [choice('asae-kind', 'Kind', kind, setKind, {
    none: null,
    options: () => [
      { value: 'main', label: t('Main: opens a case') },
      { value: 'called', label: t('Called by another process') },
      { value: 'side', label: t('Side: started from a case, at any time') },
    ],
  })];
  if (kind(element) === 'main') {
    entries.push(choice('asae-door', 'Door', ...attribute('asae:door'), { options: () => vocabulary.doors.map(({ key, label }) => ({ value: key, label })) }));
  }
  if (kind(element) === 'side') {
    entries.push(feel('asae-offered', 'Offered when', ...attribute('asae:offeredWhen'), { variables: () => vocabulary.variables }));
  }
  if (kind(element) !== 'called') {
    const [get, set] = attribute('camunda:candidateStarterGroups');
    entries.push(own('asae-starters', Roles, { get, set, vocabulary, withOrganisation: false }));
  }
  return { id: 'asae-process', label: 'Process and who starts it', entries };
}

// The process that the canvas or a pool stands for.
function process(element) {
  if (is(element, 'bpmn:Process')) return () => bo(element);
  if (is(element, 'bpmn:Participant') && bo(element).processRef) return () => bo(element).processRef;
  return null;
}
