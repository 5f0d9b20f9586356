// « Formulaire »: which form the step asks for, opened or made from here.
import { h } from '@bpmn-io/properties-panel/preact';
import { useState } from '@bpmn-io/properties-panel/preact/hooks';
import { t } from '../translate.js';
import { bo, is } from './model.js';
import { choice, own } from './entries.js';

export function formGroup(element, model, vocabulary) {
  if (!is(element, 'bpmn:UserTask') && !startsCase(element)) return null;
  const [get, set] = model.attribute('camunda:formKey');
  return {
    id: 'asae-form',
    label: 'Form',
    entries: [
      choice('asae-form-key', 'Form to fill in', get, set, { options: () => vocabulary.forms.map(({ key, title }) => ({ value: key, label: title })) }),
      own('asae-form-actions', FormActions, { get, set, vocabulary }),
    ],
  };
}

const startsCase = element =>
  is(element, 'bpmn:StartEvent') && is(bo(element).$parent, 'bpmn:Process') && bo(element).$parent.get('asae:kind') !== 'called';

function FormActions({ element, get, set, vocabulary }) {
  const [said, say] = useState('');
  const key = get(element);
  const make = async () => {
    const made = await vocabulary.makeForm(bo(element).name ?? '');
    if (made.error) return say(made.error);
    set(element, made.key);
    return say(t('Form “{title}” made. Open it to put questions in it.', { title: made.title }));
  };
  return h('div', { class: 'bio-properties-panel-entry panel-actions' }, [
    key && h('a', { href: vocabulary.addresses.form.replace('{key}', key), target: '_blank', rel: 'opener' }, t('Open the form')),
    h('button', { type: 'button', id: 'asae-form-make', class: 'btn btn-sm btn-outline-primary', onClick: make },
      t('New form for this step')),
    h('p', { role: 'status', class: 'panel-said' }, said),
  ]);
}
