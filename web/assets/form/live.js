// Works out conditions, computed fields and rules while one types, by the steps of asae_engine/forms/settling.py and
// with the same FEEL. Loaded only by forms that have expressions.
import { InterpreterContext, date, dateAndTime, duration, interpreter, time } from 'feelin';
import { ZONE, createFunctions, parisClock } from '../../../asae_engine/feel/functions.js';
import { number } from './answers.js';

const MOST_ROUNDS = 6;
const HARMLESS = ['NO_VARIABLE_FOUND', 'NO_CONTEXT_ENTRY_FOUND', 'NO_PROPERTY_FOUND'];

export function createLive(definition) {
  const opened = performance.now();
  // The server's clock, not the machine's: a deadline is the same for everyone.
  const clock = parisClock(() => new Date(definition.now + (performance.now() - opened)));
  const functions = createFunctions({ ...clock, holidays: definition.holidays });
  const context = decode(definition.context);
  const compiled = new Map();

  // The value of an expression; null for one that fails here, as on the server.
  function evaluate(expression, values) {
    try {
      let known = compiled.get(expression);
      if (!known) {
        const messages = new InterpreterContext();
        const { root } = interpreter.evaluate(expression, { ...functions }, undefined, messages);
        compiled.set(expression, known = { root, messages });
      }
      known.messages.warnings = [];
      const result = known.root({ ...functions, ...values });
      return known.messages.warnings.some(isSerious) ? null : result ?? null;
    } catch {
      return null;
    }
  }

  function typedField(name, value) {
    const field = definition.fields[name];
    if (field.kind === 'rows') return (value ?? []).map(row => typedParts(name, row));
    if (field.kind === 'group') return typedParts(name, value ?? {});
    return typed(field, value);
  }

  function typedParts(name, row) {
    return Object.fromEntries(definition.fields[name].children.map(key => [key, typedField(`${name}.${key}`, row?.[key])]));
  }

  function scopeOf(answers) {
    const own = Object.fromEntries(definition.order.map(key => [key, typedField(key, answers[key])]));
    const root = { ...context, ...own };
    for (const level of definition.computed) {
      const found = level.map(({ key, expression, unit }) => [key, rounded(evaluate(expression, root), unit)]);
      Object.assign(root, Object.fromEntries(found));
    }
    return root;
  }

  function rowScope(root, answers, list, index) {
    const row = answers[list]?.[index];
    return { ...root, ...typedParts(list, row), parent: root, i: index + 1 };
  }

  // `hiddenKeys(hidden)` says which answers the hidden blocks hold, as the page knows it.
  function settle(typedAnswers, keysOf) {
    // What is only shown has no input to be read from; the page was told it.
    const answers = { ...typedAnswers, ...definition.shown };
    let hidden = new Map();
    let root = scopeOf(answers);
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const found = conditions(root, answers);
      if (sameMap(found, hidden)) break;
      hidden = found;
      root = scopeOf(without(answers, keysOf(hidden)));
    }
    return { root, hidden };
  }

  // Block -> true, or block -> set of row numbers for those that stand in a list.
  function conditions(root, answers) {
    const found = new Map();
    for (const { block, expression, list } of definition.hide) {
      if (list) {
        const rows = (answers[list] ?? []).flatMap((_, index) =>
          evaluate(expression, rowScope(root, answers, list, index)) === true ? [index] : []);
        found.set(block, rows.join(','));
      } else if (evaluate(expression, root) === true) {
        found.set(block, true);
      }
    }
    return found;
  }

  return { evaluate, settle, rowScope };
}

function without(answers, keys) {
  const kept = { ...answers };
  keys.forEach(key => delete kept[key]);
  return kept;
}

function sameMap(one, other) {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}

function isSerious({ type, details: { values } }) {
  if (HARMLESS.includes(type)) return false;
  return type === 'NO_FUNCTION_FOUND' || !Object.values(values ?? {}).some(hasNull);
}

function hasNull(value) {
  return Array.isArray(value) ? value.some(hasNull) : value === null || value === undefined;
}

function typed({ kind, values }, value) {
  if (value === undefined || value === null || value === '') return kind === 'boolean' ? false : null;
  const text = String(value);
  switch (kind) {
    case 'integer': case 'number': case 'money': {
      const found = number(text);
      return Number.isNaN(found) ? null : found;
    }
    case 'date': return /^\d{4}-\d{2}-\d{2}$/.test(text) ? date(text) : null;
    case 'datetime': return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) ? dateAndTime(`${text.slice(0, 16)}:00@${ZONE}`) : null;
    case 'time': return time(text.length === 5 ? `${text}:00` : text);
    case 'boolean': return text === 'true';
    case 'choice': return option(values, text);
    case 'choices': {
      const chosen = (Array.isArray(value) ? value : [value]).map(item => option(values, String(item)));
      return chosen.length ? chosen : null;
    }
    case 'files': return value.length ? value : null;
    default: return text.trim() || null;
  }
}

function option(values, text) {
  const found = (values ?? []).find(value => String(value) === text);
  return found === undefined ? text : found;
}

export function rounded(value, unit) {
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) return null;
  const digits = unit === '€' ? 2 : 6;
  return Number(`${Math.round(Number(`${value}e${digits}`))}e-${digits}`);
}

function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== 'object') return value;
  switch (value['@']) {
    case 'd': return date(value.v);
    case 't': return time(value.v);
    case 'z': return dateAndTime(value.v);
    case 'p': return duration(value.v);
    case 'o': return Object.fromEntries(value.v.map(([key, item]) => [key, decode(item)]));
    default: return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
  }
}

// A computed value as people read it: « 1 234,50 € », « 01/03/2026 ».
export function spoken(value, unit, words) {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'number') {
    const digits = unit === '€' ? { minimumFractionDigits: 2, maximumFractionDigits: 2 } : { maximumFractionDigits: 6 };
    const said = new Intl.NumberFormat('fr-FR', digits).format(value);
    return unit ? `${said}\u00a0${unit}` : said;
  }
  if (Array.isArray(value)) return value.map(item => spoken(item, unit, words)).join(', ');
  if (typeof value === 'string') return unit && unit !== 'date' ? `${value}\u00a0${unit}` : value;
  if ('year' in value && 'month' in value) {
    const two = part => String(part).padStart(2, '0');
    const day = `${two(value.day)}/${two(value.month)}/${value.year}`;
    return 'hour' in value && value.hour !== undefined ? `${day} à ${two(value.hour)}:${two(value.minute)}` : day;
  }
  return String(value);
}
