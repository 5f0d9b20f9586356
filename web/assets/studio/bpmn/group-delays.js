// « Échéances et relances »: the step's row of the delays table, in words, and a short way to make one.
import { h } from '@bpmn-io/properties-panel/preact';
import { useState } from '@bpmn-io/properties-panel/preact/hooks';
import { t } from '../translate.js';
import { bo, is } from './model.js';
import { choice, own, text } from './entries.js';

export function delaysGroup(element, model, vocabulary) {
  if (!is(element, 'bpmn:UserTask')) return null;
  const [get, set] = model.attribute('asae:delays');
  return {
    id: 'asae-delays',
    label: 'Deadlines and reminders',
    entries: [
      choice('asae-delays-row', 'Line of the delays table', get, set, { options: () => vocabulary.delays.map(({ step }) => ({ value: step, label: step })) }),
      own('asae-delays-values', Values, { get, vocabulary }),
      own('asae-delays-add', Add, { get, set, vocabulary }),
      text('asae-due', 'Due date of its own (ISO date or =FEEL)', ...model.attribute('camunda:dueDate')),
      text('asae-follow-up', 'Reminder of its own (ISO date or =FEEL)', ...model.attribute('camunda:followUpDate')),
      text('asae-priority', 'Priority (0 to 100)', ...model.attribute('camunda:priority')),
    ],
  };
}

function Values({ element, get, vocabulary }) {
  const row = vocabulary.delays.find(({ step }) => step === get(element));
  if (!row) return null;
  return h('div', { class: 'bio-properties-panel-entry' }, [
    h('dl', { class: 'panel-values' }, row.values.flatMap(({ label, words }) => [h('dt', {}, label), h('dd', {}, words)])),
    h('a', { href: vocabulary.addresses.delays, target: '_blank', rel: 'opener' }, t('Change them in the delays table')),
  ]);
}

const UNITS = [['working', 'working days'], ['days', 'days']];

function Add({ element, get, set, vocabulary }) {
  const [open, show] = useState(false);
  const [said, say] = useState('');
  const [values, change] = useState({ reminder: 5, reminder_unit: 'working', due: 10, due_unit: 'working', escalation: '', escalation_unit: 'working', to: '' });
  if (!vocabulary.addresses.delays) return null;
  const field = (name, label) => h('div', { class: 'panel-span' }, [
    h('label', { class: 'bio-properties-panel-label', for: `asae-add-${name}` }, t(label)),
    h('input', { id: `asae-add-${name}`, type: 'number', min: 0, max: 999, class: 'bio-properties-panel-input', value: values[name], onInput: event => change({ ...values, [name]: event.target.value }) }),
    h('select', { 'aria-label': t('Unit'), class: 'bio-properties-panel-input', value: values[`${name}_unit`], onChange: event => change({ ...values, [`${name}_unit`]: event.target.value }) },
      UNITS.map(([value, words]) => h('option', { value }, t(words)))),
  ]);
  const make = async () => {
    const made = await vocabulary.makeDelays({ ...values, step: get(element) || slug(bo(element)), name: bo(element).name ?? '' });
    if (made.error) return say(made.error);
    set(element, made.step);
    show(false);
    return say(t('Reminder added to the delays table.'));
  };
  const current = get(element);
  return h('div', { class: 'bio-properties-panel-entry panel-actions' }, [
    h('button', { type: 'button', id: 'asae-add-open', class: 'btn btn-sm btn-outline-primary', 'aria-expanded': String(open), onClick: () => show(!open) },
      current ? t('Change these delays') : t('Add a reminder')),
    open && h('fieldset', { class: 'panel-add' }, [
      h('legend', { class: 'bio-properties-panel-label' }, t('Counted from the day the step arrives')),
      field('reminder', 'Reminder after'),
      field('due', 'Late after'),
      field('escalation', 'Then tell, after'),
      h('label', { class: 'panel-field' }, [
        h('span', { class: 'bio-properties-panel-label' }, t('Whom to tell')),
        h('select', { id: 'asae-add-to', class: 'bio-properties-panel-input', value: values.to, onChange: event => change({ ...values, to: event.target.value }) },
          [h('option', { value: '' }, t('Nobody')), ...vocabulary.roles.map(({ key, label }) => h('option', { value: key }, label))]),
      ]),
      h('button', { type: 'button', id: 'asae-add-make', class: 'btn btn-sm btn-primary', onClick: make }, t('Put it in the delays table')),
    ]),
    h('p', { role: 'status', class: 'panel-said' }, said),
  ]);
}

export const slug = ({ name, id }) => (name ?? '').normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase()
  .replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 40) || id.toLowerCase();
