// What the server's V8 isolate loads. Python sends one JSON text a call and receives one: `asae.answer(request)`.
//
// A request is { today, now, contexts: [..], items: [..] }; an item is one of
//   { k: 'e', e: expression, c: index of its context }                      -> { v: value }
//   { k: 'u', e: unary test, c, v: value }                                  -> { v: true | false | null }
//   { k: 't', h: digest of a table, f: only the first rule, c }             -> { v: [[index of a rule, [outputs]], ..] }
//     and, when the digest is not known yet, its i: [inputs], r: [[cells of a rule]], o: [[outputs of a rule]]
//   { k: 's', e: expression, u: is a unary test }                           -> { v: { problems, names, paths } }
// and what went wrong is { x: { kind, from, to, … } }. Nothing here writes a sentence for people, and no value of the
// context ever stands in an error: it might be personal.
//
// FEEL's temporal values travel as { '@': 'd' | 't' | 'z' | 'p', v: ISO text }; a context with a key '@' as pairs.
import {
  FeelDate, FeelDateTime, FeelDuration, FeelRange, FeelTime, InterpreterContext,
  builtins, date, dateAndTime, duration, getType, interpreter, time,
} from 'feelin';
import { ZONE, createFunctions } from './functions.js';
import { study } from './study.js';

const MOST_KEPT = 4_000;
const MOST_TABLES = 500;
const PLAIN_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

const compiled = new Map();
const tables = new Map();
let clock = { today: '1970-01-01', now: `1970-01-01T00:00:00@${ZONE}` };
let functions = createFunctions({ today: () => clock.today, now: () => clock.now, holidays: [] });

// FEEL compares only what is alike; feelin lets JavaScript compare a text with a number ("10" > 9).
const includes = FeelRange.prototype.includes;
FeelRange.prototype.includes = function strictIncludes(value) {
  const type = getType(value);
  if (type !== 'nil' && type !== 'range' && this.valueType !== null && type !== this.valueType) {
    throw new Trouble('NOT_COMPARABLE', { left: type, right: this.valueType });
  }
  return includes.call(this, value);
};

class Trouble extends Error {
  constructor(kind, details = {}) {
    super(kind);
    this.details = { kind, ...details };
  }
}

function compile(expression, isUnary, context, oddNames) {
  const key = `${isUnary ? 'u' : 'e'}${oddNames}\u0000${expression}`;
  const known = compiled.get(key);
  if (known) return known;
  const messages = new InterpreterContext();
  // Names with spaces or signs in them change how an expression is read: only then does the context matter here.
  const names = oddNames ? context : { ...functions, '?': null };
  const { root } = isUnary
    ? interpreter.unaryTest(expression, names, undefined, messages)
    : interpreter.evaluate(expression, names, undefined, messages);
  const result = { root, messages };
  keep(compiled, key, result, MOST_KEPT);
  return result;
}

function keep(map, key, value, most) {
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value);
}

function run(expression, isUnary, { values, oddNames }, value) {
  const { root, messages } = compile(expression, isUnary, values, oddNames);
  messages.warnings = [];
  const result = isUnary ? root({ ...values, '?': value })(value) : root(values);
  const serious = messages.warnings.find(isSerious);
  if (serious) {
    const target = serious.type === 'NO_FUNCTION_FOUND' && expression.slice(serious.position.from, serious.position.to);
    throw new Trouble(serious.type, { ...serious.position, ...types(serious), ...(target && { target }) });
  }
  return result;
}

// A missing variable is null, and null runs through what is computed from it: neither is a fault of the expression.
function isSerious({ type, details: { values } }) {
  if (type === 'NO_VARIABLE_FOUND' || type === 'NO_CONTEXT_ENTRY_FOUND' || type === 'NO_PROPERTY_FOUND') return false;
  if (type === 'NO_FUNCTION_FOUND') return true;
  return !Object.values(values).some(hasNull);
}

function hasNull(value) {
  if (Array.isArray(value)) return value.some(hasNull);
  return value === null || value === undefined;
}

function types({ details: { values } }) {
  const { left, right } = values;
  return left === undefined ? {} : { left: getType(left), right: getType(right) };
}

// Which rules of a table hold; a rule's cells are tried from the left, and the first that fails ends it.
function matching({ h: digest, f: onlyFirst, ...body }, context) {
  if (body.i) keep(tables, digest, body, MOST_TABLES);
  if (!tables.has(digest)) throw new Trouble('NO_TABLE');
  const { i: inputs, r: rules, o: outputs } = tables.get(digest);
  const values = inputs.map((expression, column) => within({ column }, () => run(expression, false, context)));
  const found = [];
  for (const [rule, cells] of rules.entries()) {
    const holds = cells.every((cell, column) => (
      cell === '-' || cell === '' || within({ rule, column }, () => run(cell, true, context, values[column]) === true)
    ));
    if (!holds) continue;
    found.push([rule, outputs[rule].map((cell, output) => (
      within({ rule, output }, () => encode(run(cell, false, context)))
    ))]);
    if (onlyFirst) break;
  }
  return found;
}

function within(place, action) {
  try {
    return action();
  } catch (error) {
    throw new Trouble('PLACE', { ...describe(error), ...place });
  }
}

function describe(error) {
  if (error instanceof Trouble) return error.details;
  if (error.position && error.input !== undefined) return { kind: 'SYNTAX', ...error.position, note: error.message };
  if (error instanceof TypeError && / wants /.test(error.message)) return { kind: 'ARGUMENT', note: error.message };
  if (error instanceof RangeError && /call stack/.test(error.message)) return { kind: 'DEPTH' };
  if (/^unsupported range/.test(error.message)) return { kind: 'NOT_COMPARABLE' };
  return { kind: 'OTHER' };
}

function perform(item, contexts) {
  switch (item.k) {
    case 'e': return encode(run(item.e, false, contexts[item.c]));
    case 'u': return run(item.e, true, contexts[item.c], decode(item.v, []));
    case 't': return matching(item, contexts[item.c]);
    case 's': return study(item.e, item.u, functions, builtins);
    default: throw new Trouble('OTHER');
  }
}

function decode(value, oddNames) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(item => decode(item, oddNames));
  switch (value['@']) {
    case undefined: return entries(Object.entries(value), oddNames);
    case 'd': return date(value.v);
    case 't': return time(value.v);
    case 'z': return dateAndTime(value.v);
    case 'p': return duration(value.v);
    default: return entries(value.v, oddNames);
  }
}

function entries(pairs, oddNames) {
  return Object.fromEntries(pairs.filter(([key]) => key !== '__proto__').map(([key, entry]) => {
    if (!PLAIN_NAME.test(key)) oddNames.push(key);
    return [key, decode(entry, oddNames)];
  }));
}

function encode(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Trouble('NOT_FINITE');
    if (!Number.isInteger(value)) return Number(value.toPrecision(15));
    if (!Number.isSafeInteger(value)) throw new Trouble('NOT_EXACT');
    return value;
  }
  if (typeof value !== 'object' && typeof value !== 'function') return value;
  if (Array.isArray(value)) return value.map(encode);
  if (value instanceof FeelDate) return { '@': 'd', v: value.iso };
  if (value instanceof FeelTime) return { '@': 't', v: value.iso };
  if (value instanceof FeelDateTime) return { '@': 'z', v: value.iso };
  if (value instanceof FeelDuration) return { '@': 'p', v: value.iso };
  const type = getType(value);
  if (type !== 'context') throw new Trouble('NOT_DATA', { left: type });
  const pairs = Object.entries(value).map(([key, entry]) => [key, encode(entry)]);
  return Object.hasOwn(value, '@') ? { '@': 'o', v: pairs } : Object.fromEntries(pairs);
}

globalThis.asae = {
  prepare(holidays) {
    functions = createFunctions({ today: () => clock.today, now: () => clock.now, holidays });
    compiled.clear();
    return true;
  },

  answer(text) {
    const request = JSON.parse(text);
    clock = { today: request.today, now: request.now };
    const contexts = request.contexts.map(context => {
      const odd = [];
      const values = { ...functions, ...decode(context, odd) };
      return { values, oddNames: odd.sort().join('\u0001') };
    });
    return JSON.stringify(request.items.map(item => {
      try {
        return { v: perform(item, contexts) };
      } catch (error) {
        return { x: describe(error) };
      }
    }));
  },
};
