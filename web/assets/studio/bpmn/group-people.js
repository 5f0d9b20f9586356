// « Qui fait l’étape »: roles, each in every organisation or in one, or a FEEL expression for a choice made case by case.
import { h } from '@bpmn-io/properties-panel/preact';
import { useState } from '@bpmn-io/properties-panel/preact/hooks';
import { t } from '../translate.js';
import { is, loop } from './model.js';
import { check, feel, own, text } from './entries.js';

export function peopleGroup(element, model, vocabulary) {
  if (!is(element, 'bpmn:UserTask')) return null;
  const [get, set] = model.attribute('camunda:candidateGroups');
  const computed = get(element)?.startsWith('=');
  const entries = computed
    ? [feel('asae-people-expression', 'Roles computed (FEEL)', get, set, { variables: () => vocabulary.variables })]
    : [own('asae-people', Roles, { get, set, vocabulary })];
  entries.push(own('asae-people-mode', Mode, { get, set, computed }));
  entries.push(text('asae-people-person', 'A named person (user name, or =FEEL)', ...model.attribute('camunda:assignee')));
  if (loop(element)) entries.push(check('asae-people-distinct', 'Nobody does it twice', ...model.attribute('asae:distinctPeople')));
  return { id: 'asae-people', label: 'Who does this step', entries };
}

export const listed = value => (value ?? '').split(',').map(item => item.trim()).filter(Boolean);

// Also used for who may start a process.
export function Roles({ element, get, set, vocabulary, withOrganisation = true }) {
  const [role, chooseRole] = useState('');
  const [organisation, chooseOrganisation] = useState('');
  const chosen = listed(get(element));
  const add = () => {
    const token = organisation ? `${role}@${organisation}` : role;
    if (role && !chosen.includes(token)) set(element, [...chosen, token].join(','));
    chooseRole('');
  };
  const remove = token => set(element, chosen.filter(item => item !== token).join(',') || undefined);
  const select = (id, label, value, choose, options, none) => h('label', { class: 'panel-field' }, [
    h('span', { class: 'bio-properties-panel-label' }, t(label)),
    h('select', { id, class: 'bio-properties-panel-input', value, onChange: event => choose(event.target.value) },
      [h('option', { value: '' }, t(none)), ...options.map(({ key, label: words }) => h('option', { value: key, key }, words))]),
  ]);
  return h('div', { class: 'bio-properties-panel-entry panel-roles' }, [
    h('ul', { class: 'panel-chosen' }, chosen.map(token => h('li', { key: token }, [
      h('span', {}, vocabulary.roleName(token)),
      h('button', {
        type: 'button', class: 'panel-remove', 'aria-label': t('Remove {name}', { name: vocabulary.roleName(token) }), onClick: () => remove(token),
      }, '×'),
    ]))),
    !chosen.length && h('p', { class: 'panel-hint' }, t('Nobody yet: choose a role.')),
    select('asae-role', 'Role', role, chooseRole, vocabulary.roles, 'Choose a role'),
    withOrganisation && select('asae-organisation', 'Organisation', organisation, chooseOrganisation, vocabulary.organisations, 'Any organisation of the case'),
    h('button', { type: 'button', id: 'asae-role-add', class: 'btn btn-sm btn-outline-primary', disabled: !role, onClick: add }, t('Add this role')),
  ]);
}

function Mode({ element, get, set, computed }) {
  const change = () => set(element, computed ? undefined : `="${get(element) ?? ''}"`);
  return h('div', { class: 'bio-properties-panel-entry panel-actions' },
    h('button', { type: 'button', class: 'btn btn-sm btn-link', onClick: change }, computed ? t('Choose from the list') : t('Compute it with an expression')));
}
