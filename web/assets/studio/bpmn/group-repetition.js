// « Répétition »: a step done once for each item of a list, a number of times, or as long as a condition holds.
import { again, is, loop } from './model.js';
import { check, feel, text } from './entries.js';

export function repetitionGroup(element, model, vocabulary) {
  if (!is(element, 'bpmn:Activity')) return null;
  if (again(element)) return standardLoop(model, vocabulary);
  if (!loop(element)) return null;
  const variables = { variables: () => vocabulary.variables };
  const attribute = name => model.partAttribute(loop, name);
  return {
    id: 'asae-repetition',
    label: 'Repetition',
    entries: [
      check('asae-sequential', 'One after the other', ...attribute('isSequential')),
      feel('asae-cardinality', 'How many times', ...model.partExpression(loop, 'loopCardinality'), variables),
      feel('asae-collection', 'Or for each item of', ...attribute('camunda:collection'), variables),
      text('asae-item', 'Name of the item', ...attribute('camunda:elementVariable')),
      feel('asae-completion', 'Stop when', ...model.partExpression(loop, 'completionCondition'), variables),
    ],
  };
}

function standardLoop(model, vocabulary) {
  return {
    id: 'asae-repetition',
    label: 'Repetition',
    entries: [
      feel('asae-goes-on', 'Goes on while', ...model.partExpression(again, 'loopCondition'), { variables: () => vocabulary.variables }),
      check('asae-test-before', 'Ask before each time', ...model.partAttribute(again, 'testBefore')),
      text('asae-maximum', 'At most so many times', ...model.partAttribute(again, 'loopMaximum')),
    ],
  };
}
