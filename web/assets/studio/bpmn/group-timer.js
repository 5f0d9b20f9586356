// « Minuterie »: usual delays in plain words, written as ISO 8601 or FEEL; anything else as text.
import { h } from '@bpmn-io/properties-panel/preact';
import { t } from '../translate.js';
import { definition, is } from './model.js';
import { own, text } from './entries.js';

// Each: how it is written, and read back. `attribute` is BPMN's element for it.
const USUAL = [
  { kind: 'days', label: 'after a number of days', attribute: 'timeDuration', pattern: /^P(\d+)D$/, write: n => `P${n}D` },
  { kind: 'working', label: 'after a number of working days', attribute: 'timeDate', pattern: /^=\s*working days\(today\(\), (\d+)\)$/, write: n => `=working days(today(), ${n})` },
  { kind: 'weeks', label: 'after a number of weeks', attribute: 'timeDuration', pattern: /^P(\d+)W$/, write: n => `P${n}W` },
  { kind: 'months', label: 'after a number of months', attribute: 'timeDuration', pattern: /^P(\d+)M$/, write: n => `P${n}M` },
  { kind: 'hours', label: 'after a number of hours', attribute: 'timeDuration', pattern: /^PT(\d+)H$/, write: n => `PT${n}H` },
  { kind: 'every', label: 'again and again, every … days', attribute: 'timeCycle', pattern: /^R\/P(\d+)D$/, write: n => `R/P${n}D` },
  { kind: 'monthly', label: 'again and again, every … months', attribute: 'timeCycle', pattern: /^R\/P(\d+)M$/, write: n => `R/P${n}M` },
];
const FREE = [
  { kind: 'timeDuration', label: 'after a duration (ISO 8601 or =FEEL)' },
  { kind: 'timeDate', label: 'at a date (ISO 8601 or =FEEL)' },
  { kind: 'timeCycle', label: 'in a cycle (ISO 8601 or =FEEL)' },
];
const TYPES = ['timeDuration', 'timeDate', 'timeCycle'];

const timer = element => definition(element, 'bpmn:TimerEventDefinition');

export function timerGroup(element, model) {
  if (!is(element, 'bpmn:Event') || !timer(element)) return null;
  const { attribute } = read(element);
  const entries = [own('asae-timer', Usual, { model })];
  if (attribute) {
    entries.push(text('asae-timer-text', 'As written in the diagram',
      () => timer(element).get(attribute)?.get('body'), (_, value) => write(model, element, attribute, value ?? '')));
  }
  return { id: 'asae-timer', label: 'Timer', entries };
}

function read(element) {
  const attribute = TYPES.find(name => timer(element).get(name));
  const body = attribute && (timer(element).get(attribute).get('body') ?? '');
  for (const usual of USUAL) {
    const found = usual.attribute === attribute && usual.pattern.exec(body);
    if (found) return { attribute, usual, number: Number(found[1]) };
  }
  return { attribute };
}

function write(model, element, attribute, body) {
  const part = timer(element);
  const none = Object.fromEntries(TYPES.map(name => [name, undefined]));
  const expression = model.create('bpmn:FormalExpression', { body }, part);
  model.modeling.updateModdleProperties(element, part, { ...none, [attribute]: expression });
}

function Usual({ element, model }) {
  const { attribute, usual, number = 15 } = read(element);
  const choose = kind => {
    const next = USUAL.find(item => item.kind === kind);
    if (next) write(model, element, next.attribute, next.write(number));
    else if (kind) write(model, element, kind, timer(element).get(attribute)?.get('body') ?? '');
  };
  return h('div', { class: 'bio-properties-panel-entry panel-timer' }, [
    h('label', { class: 'panel-field' }, [
      h('span', { class: 'bio-properties-panel-label' }, t('When')),
      h('select', { id: 'asae-timer-kind', class: 'bio-properties-panel-input', value: usual?.kind ?? attribute ?? '', onChange: event => choose(event.target.value) }, [
        h('option', { value: '' }, t('Choose')),
        ...[...USUAL, ...FREE].map(({ kind, label }) => h('option', { value: kind }, t(label))),
      ]),
    ]),
    usual && h('label', { class: 'panel-field' }, [
      h('span', { class: 'bio-properties-panel-label' }, t('Number')),
      h('input', { id: 'asae-timer-number', type: 'number', min: 1, max: 999, class: 'bio-properties-panel-input', value: number,
        onChange: event => write(model, element, usual.attribute, usual.write(Math.max(1, Math.trunc(Number(event.target.value)) || 1))) }),
    ]),
  ]);
}
