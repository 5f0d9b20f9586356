// The kinds of line that our groups of the properties panel are made of. Each is one component whose identity never
// changes (a new one would lose the focus at each keystroke); what differs comes as properties.
import { CheckboxEntry, FeelTextAreaEntry, SelectEntry, TextAreaEntry, TextFieldEntry } from '@bpmn-io/properties-panel';
import { h } from '@bpmn-io/properties-panel/preact';
import { useService } from 'bpmn-js-properties-panel';
import { t } from '../translate.js';

const plain = ({ id, element, label, description }) => ({ id, element, label: t(label), description });

// `options`: [{ value, label }]. A value that is no longer offered stays, marked, until someone changes it.
function Choice(props) {
  const { element, get, set, options, none = '—', describe } = props;
  return h(SelectEntry, {
    ...plain(props),
    getValue: () => get(element) ?? '',
    setValue: value => set(element, value || undefined),
    getOptions: () => {
      const offered = [...(none === null ? [] : [{ value: '', label: t(none) }]), ...options(element)];
      const current = get(element);
      if (current && !offered.some(({ value }) => value === current)) {
        offered.push({ value: current, label: describe?.(current) ?? t('{value} (unknown)', { value: current }) });
      }
      return offered;
    },
  });
}

function Text(props) {
  const { element, get, set, validate } = props;
  return h(TextFieldEntry, {
    ...plain(props), validate,
    debounce: useService('debounceInput'),
    getValue: () => get(element) ?? '',
    setValue: value => set(element, value || undefined),
  });
}

function Area(props) {
  const { element, get, set, rows = 3 } = props;
  return h(TextAreaEntry, {
    ...plain(props), rows,
    debounce: useService('debounceInput'),
    getValue: () => get(element) ?? '',
    setValue: value => set(element, value || undefined),
  });
}

function Check(props) {
  const { element, get, set } = props;
  return h(CheckboxEntry, {
    ...plain(props),
    getValue: () => Boolean(get(element)),
    setValue: value => set(element, value || undefined),
  });
}

// A FEEL expression, always with its leading "=". `bare`: kept in the file without it (a script's context).
function Feel(props) {
  const { element, get, set, variables, bare = false } = props;
  return h(FeelTextAreaEntry, {
    ...plain(props),
    feel: 'required',
    variables: variables?.(element),
    translate: t,
    debounce: useService('debounceInput'),
    getValue: () => {
      const value = get(element) ?? '';
      return bare && value ? `=${value.replace(/^=/, '')}` : value;
    },
    setValue: value => set(element, (bare ? value?.replace(/^=/, '') : value) || undefined),
  });
}

const entry = (component, isEdited) => (id, label, get, set, more = {}) =>
  ({ id, label, get, set, component, isEdited, ...more });

const filled = node => Boolean(node && node.value);

export const choice = entry(Choice, filled);
export const text = entry(Text, filled);
export const area = entry(Area, filled);
export const check = entry(Check, node => Boolean(node?.checked));
export const feel = entry(Feel, node => Boolean(node?.textContent));

// An entry of our own making: `component` receives the element and these properties.
export const own = (id, component, more = {}) => ({ id, component, isEdited: () => false, ...more });
