// « Condition » of a flow that leaves a choice or an activity of several: by an answer of a form in three selects, or any FEEL expression.
import { h } from '@bpmn-io/properties-panel/preact';
import { t } from '../translate.js';
import { bo, definition, is } from './model.js';
import { check, feel, own } from './entries.js';

export function conditionGroup(element, model, vocabulary) {
  if (!is(element, 'bpmn:SequenceFlow') || !chooses(bo(element).sourceRef)) return null;
  const source = () => bo(element).sourceRef;
  const isDefault = () => source().get('default') === bo(element);
  const get = () => bo(element).get('conditionExpression')?.get('body');
  const set = (_, value) => model.setExpression(element, bo(element), 'conditionExpression', value);
  const setDefault = (_, value) => {
    model.modeling.updateProperties(element.source, { default: value ? bo(element) : undefined });
    if (value && get()) set(element, undefined);
  };
  const entries = [check('asae-default', 'Way taken when no other condition holds', isDefault, setDefault)];
  if (!isDefault()) {
    entries.push(own('asae-condition-answer', Answer, { get, set, vocabulary }));
    entries.push(feel('asae-condition', 'Condition (FEEL)', get, set, { variables: () => vocabulary.variables }));
  }
  return { id: 'asae-condition', label: 'Condition', entries };
}

// « Condition » that an event waits for.
export function awaitedGroup(element, model, vocabulary) {
  const part = is(element, 'bpmn:Event') && definition(element, 'bpmn:ConditionalEventDefinition');
  if (!part) return null;
  const find = () => definition(element, 'bpmn:ConditionalEventDefinition');
  const entry = feel('asae-awaited', 'Condition (FEEL)', ...model.partExpression(find, 'condition'), { variables: () => vocabulary.variables });
  return { id: 'asae-awaited', label: 'Condition', entries: [entry] };
}

const chooses = node => !is(node, 'bpmn:ParallelGateway') && !is(node, 'bpmn:EventBasedGateway')
  && (is(node, 'bpmn:Gateway') || node.get('outgoing').length > 1 || node.get('outgoing').some(flow => flow.get('conditionExpression')));

const SIMPLE = /^=?\s*([A-Za-z_]\w*)\.([A-Za-z_]\w*)\s*(=|!=|>=|<=|>|<)\s*("[^"]*"|true|false|-?\d+(?:\.\d+)?)\s*$/;
const SIGNS = [['=', 'is'], ['!=', 'is not'], ['>', 'is more than'], ['>=', 'is at least'], ['<', 'is less than'], ['<=', 'is at most']];

function Answer({ element, get, set, vocabulary }) {
  const written = get(element);
  const found = SIMPLE.exec(written ?? '');
  if (written && !found) return h('p', { class: 'bio-properties-panel-entry panel-hint' }, t('This condition is written in FEEL below.'));
  const [, form = '', field = '', sign = '=', value = ''] = found ?? [];
  const known = vocabulary.fields.find(item => item.form === form && item.key === field);
  const write = next => {
    const now = { form, field, sign, value, ...next };
    if (!now.field) return set(element, undefined);
    return set(element, `=${now.form}.${now.field} ${now.sign} ${now.value || starting(now)}`);
  };
  const starting = now => {
    const field = vocabulary.fields.find(item => item.form === now.form && item.key === now.field);
    return { number: '0', checkbox: 'true' }[field?.type] ?? field?.options[0]?.value ?? '""';
  };
  const forms = [...new Map(vocabulary.fields.map(item => [item.form, item.formTitle])).entries()];
  const line = (label, control) => h('label', { class: 'panel-field' }, [h('span', { class: 'bio-properties-panel-label' }, t(label)), control]);
  const option = ([key, words]) => h('option', { value: key, key }, words);
  return h('div', { class: 'bio-properties-panel-entry panel-condition' }, [
    line('Answer', h('select', { id: 'asae-condition-field', class: 'bio-properties-panel-input', value: field ? `${form}.${field}` : '', onChange: ({ target }) => {
      const [nextForm = '', nextField = ''] = target.value.split('.');
      write({ form: nextForm, field: nextField, value: '' });
    } }, [option(['', t('Choose an answer')]), ...forms.map(([key, title]) => h('optgroup', { label: title, key },
      vocabulary.fields.filter(item => item.form === key).map(item => option([`${key}.${item.key}`, item.label])))),
    field && !known && option([`${form}.${field}`, t('{value} (unknown)', { value: `${form}.${field}` })])])),
    field && line('Comparison', h('select', { id: 'asae-condition-sign', class: 'bio-properties-panel-input', value: sign, onChange: ({ target }) => write({ sign: target.value }) },
      SIGNS.map(([key, words]) => option([key, t(words)])))),
    field && line('Value', known?.options.length
      ? h('select', { id: 'asae-condition-value', class: 'bio-properties-panel-input', value, onChange: ({ target }) => write({ value: target.value }) },
        [...known.options.map(item => option([item.value, item.label])), !known.options.some(item => item.value === value) && option([value, value])])
      : known?.type === 'checkbox'
        ? h('select', { id: 'asae-condition-value', class: 'bio-properties-panel-input', value, onChange: ({ target }) => write({ value: target.value }) }, [option(['true', t('yes')]), option(['false', t('no')])])
        : h('input', { id: 'asae-condition-value', class: 'bio-properties-panel-input', value: value.replace(/^"|"$/g, ''), onChange: ({ target }) => write({ value: known?.type === 'number' ? String(Number(target.value) || 0) : JSON.stringify(target.value) }) })),
  ]);
}
