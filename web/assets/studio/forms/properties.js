// The programme's own settings of a question, in the form editor's panel: who may read the answer, when it is required,
// what it must agree with, where it comes from. They are kept in form-js's `properties`, as strings.
import { h } from 'preact';
import { t } from '../translate.js';

const KNOWN = new Set(['mark', 'markIf', 'readers', 'requiredIf', 'rule', 'ruleMessage', 'rule2', 'ruleMessage2', 'confirmIf',
  'confirmMessage', 'prefill', 'people', 'showPrevious', 'example', 'help', 'title', 'intro', 'cases']);
const SHOWN = new Set(['text', 'html', 'image', 'spacer', 'separator', 'button', 'iframe', 'documentPreview', 'table']);

class ProgrammeSettings {
  constructor(propertiesPanel, vocabulary) {
    this.vocabulary = vocabulary;
    propertiesPanel.registerProvider(this, 500);
  }

  getGroups(field, editField) {
    return groups => {
      if (!field) return groups;
      const others = groups.filter(({ id }) => id !== 'custom-values');
      const custom = groups.find(({ id }) => id === 'custom-values');
      // ours have a line of their own; only unknown ones are left in the stock list
      if (custom) custom.items = custom.items.filter(({ label }) => !KNOWN.has(label));
      const own = this.groupsFor(field, name => setting(field, editField, name));
      return [...others.slice(0, 1), ...own, ...others.slice(1), custom].filter(Boolean);
    };
  }

  groupsFor(field, at) {
    const entry = (id, label, component, more = {}) => ({ id: `asae-${id}`, component, isEdited: () => Boolean(at(id).value), ...at(id), label, ...more });
    if (field.type === 'default') {
      return [{ id: 'asae-form', label: t('The form'), entries: [
        entry('title', 'Title of the form', Text), entry('intro', 'Introduction, read before the questions', Area),
        entry('rule', 'Rule that must hold (FEEL)', Text), entry('ruleMessage', 'What to say when it does not', Text),
      ] }];
    }
    if (SHOWN.has(field.type) || field.type === 'group') return [];
    const marks = [{ key: '', label: t('every member of the case') }, ...this.vocabulary.marks];
    return [
      { id: 'asae-confidence', label: t('Confidentiality'), entries: [
        entry('mark', 'What the answer speaks of', Choice, { options: marks }),
        entry('readers', 'Roles that may read it too', Text),
      ] },
      { id: 'asae-rules', label: t('Rules'), entries: [
        entry('requiredIf', 'Required when (FEEL)', Text), entry('rule', 'Rule that must hold (FEEL)', Text), entry('ruleMessage', 'What to say when it does not', Text),
        entry('confirmIf', 'Ask to confirm when (FEEL)', Text), entry('confirmMessage', 'What to ask', Text),
      ] },
      { id: 'asae-origin', label: t('Prefilling'), entries: [
        entry('prefill', 'Prefilled with (“dossier”, or =FEEL)', Text), entry('people', 'Choose among the people of a role', Choice, { options: [{ key: '', label: '—' }, ...this.vocabulary.roles] }),
        entry('showPrevious', 'Show the previous answer beside', Check), entry('example', 'Example shown', Text),
      ] },
    ];
  }
}

ProgrammeSettings.$inject = ['propertiesPanel', 'config.vocabulary'];

export default { __init__: ['programmeSettings'], programmeSettings: ['type', ProgrammeSettings] };

// One of the strings of `properties`, and how to change it.
function setting(field, editField, name) {
  return {
    value: field.properties?.[name] ?? '',
    change(value) {
      const { [name]: _, ...others } = field.properties ?? {};
      const next = value ? { ...others, [name]: value } : others;
      editField(field, ['properties'], Object.keys(next).length ? next : undefined);
    },
  };
}

const line = ({ id, label }, control) => h('div', { class: 'bio-properties-panel-entry', 'data-entry-id': id }, [
  h('label', { class: 'bio-properties-panel-label', for: `panel-${id}` }, t(label)), control,
]);

function Text(props) {
  return line(props, h('input', { id: `panel-${props.id}`, type: 'text', class: 'bio-properties-panel-input', value: props.value, spellcheck: false,
    onChange: event => props.change(event.target.value.trim()) }));
}

function Area(props) {
  return line(props, h('textarea', { id: `panel-${props.id}`, rows: 3, class: 'bio-properties-panel-input', value: props.value,
    onChange: event => props.change(event.target.value.trim()) }));
}

function Choice(props) {
  const options = props.options.some(({ key }) => key === props.value) ? props.options : [...props.options, { key: props.value, label: props.value }];
  return line(props, h('select', { id: `panel-${props.id}`, class: 'bio-properties-panel-input', value: props.value, onChange: event => props.change(event.target.value) },
    options.map(({ key, label }) => h('option', { value: key, key }, label))));
}

function Check(props) {
  return h('div', { class: 'bio-properties-panel-entry bio-properties-panel-checkbox-entry', 'data-entry-id': props.id }, h('div', { class: 'bio-properties-panel-checkbox' }, [
    h('input', { id: `panel-${props.id}`, type: 'checkbox', class: 'bio-properties-panel-input', checked: props.value === 'true', onChange: event => props.change(event.target.checked ? 'true' : '') }),
    h('label', { class: 'bio-properties-panel-label', for: `panel-${props.id}` }, t(props.label)),
  ]));
}
