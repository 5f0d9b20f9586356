// What the server's V8 isolate loads. Python sends one JSON text a call and receives one: `asae.answer(request)`.
//
// A request is { today, now, contexts: [..], items: [..] }; an item is one of
//   { k: 'e', e: expression, c: index of its context }                      -> { v: value }
//   { k: 'u', e: unary test, c, v: value }                                  -> { v: true | false | null }
//   { k: 'd', h: digest of a model, d: id of one of its decisions, c }      -> { v: value }
//     and, when the digest is not known yet, its m: model (see decide.js)
//   { k: 's', e: expression, u: is a unary test, n: known names }                           -> { v: { problems, names, paths } }
// and what went wrong is { x: { kind, from, to, … } }. Nothing here writes a sentence for people, and no value of the
// context ever stands in an error: it might be personal.
//
// FEEL's temporal values travel as { '@': 'd' | 't' | 'z' | 'p', v: ISO text }; a context with a key '@' as pairs.
import {
  FeelDate, FeelDateTime, FeelDuration, FeelRange, FeelTime, InterpreterContext,
  builtins, date, dateAndTime, duration, getType, interpreter, time,
} from 'feelin';
import { ZONE, createFunctions } from './functions.js';
import { make } from './decide.js';
import { study } from './study.js';

const MOST_KEPT = 4_000;
const MOST_MODELS = 200;
const MOST_NESTED = 100;
const PLAIN_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

// What feelin knows by name and cannot do: checking an expression shall say so, and not the day when it is evaluated.
for (const name of ['during', 'starts', 'started by', 'finishes', 'finished by', 'coincides', 'overlaps before', 'overlaps after']) {
  delete builtins[name];
}

const compiled = new Map();
const models = new Map();
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
  const { result, serious } = observed(messages, () => (
    isUnary ? root({ ...values, '?': value })(value) : root(values)));
  if (serious) {
    const target = serious.type === 'NO_FUNCTION_FOUND' && expression.slice(serious.position.from, serious.position.to);
    throw new Trouble(serious.type, { ...serious.position, ...types(serious), ...(target && { target }) });
  }
  return result;
}

// An expression may come to itself again through a function: what is said of it then is said apart.
function observed(messages, action) {
  const before = messages.warnings;
  messages.warnings = [];
  try {
    return { result: action(), serious: messages.warnings.find(isSerious) };
  } finally {
    messages.warnings = before;
  }
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

function decide({ h: digest, d: id, m: model }, context) {
  if (model) keep(models, digest, model, MOST_MODELS);
  if (!models.has(digest)) throw new Trouble('NO_MODEL');
  return encode(make(models.get(digest), id, context, tools));
}

// A context with more in it. What a decision gives may have names with spaces in it, as what came from outside.
function extend({ values, oddNames }, added) {
  const odd = new Set(oddNames ? oddNames.split('\u0001') : []);
  gather(added, odd);
  return { values: { ...values, ...added }, oddNames: [...odd].sort().join('\u0001') };
}

function gather(value, odd) {
  if (Array.isArray(value)) value.forEach(item => gather(item, odd));
  else if (getType(value) === 'context') {
    for (const [key, entry] of Object.entries(value)) {
      if (!PLAIN_NAME.test(key)) odd.add(key);
      gather(entry, odd);
    }
  }
}

const bare = () => ({ values: functions, oddNames: '' });
const text = value => JSON.stringify(encode(value));
const tools = { run, Trouble, describe, extend, bare, text };

function describe(error) {
  if (error instanceof Trouble) return error.details;
  // At the end of the stack a regular expression fails too: it says so in a SyntaxError, and none may be used here.
  if (error.message.includes('call stack') || error.message.includes('Stack overflow')) return { kind: 'DEPTH' };
  if (error.position && error.input !== undefined) return { kind: 'SYNTAX', ...error.position, note: error.message };
  if (error instanceof TypeError && / wants /.test(error.message)) return { kind: 'ARGUMENT', note: error.message };
  if (/^unsupported range/.test(error.message)) return { kind: 'NOT_COMPARABLE' };
  return { kind: 'OTHER' };
}

function perform(item, contexts) {
  switch (item.k) {
    case 'e': return encode(run(item.e, false, contexts[item.c]));
    case 'u': return run(item.e, true, contexts[item.c], decode(item.v, []));
    case 'd': return decide(item, contexts[item.c]);
    case 's': return study(item.e, item.u, { ...functions, ...Object.fromEntries(item.n.map(name => [name, null])) }, builtins);
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
  return Object.fromEntries(pairs.map(([key, entry]) => {
    if (!PLAIN_NAME.test(key)) oddNames.push(key);
    return [key, decode(entry, oddNames)];
  }));
}

// A result nested more deeply would fail later, where it is saved or shown.
function encode(value, level = 0) {
  if (level > MOST_NESTED) throw new Trouble('DEPTH');
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Trouble('NOT_FINITE');
    if (!Number.isInteger(value)) return Number(value.toPrecision(15));
    if (!Number.isSafeInteger(value)) throw new Trouble('NOT_EXACT');
    return value;
  }
  if (typeof value !== 'object' && typeof value !== 'function') return value;
  if (Array.isArray(value)) return value.map(item => encode(item, level + 1));
  if (value instanceof FeelDate) return { '@': 'd', v: value.iso };
  if (value instanceof FeelTime) return { '@': 't', v: value.iso };
  if (value instanceof FeelDateTime) return { '@': 'z', v: value.iso };
  if (value instanceof FeelDuration) return { '@': 'p', v: value.iso };
  const type = getType(value);
  if (type !== 'context') throw new Trouble('NOT_DATA', { left: type });
  const pairs = Object.entries(value).map(([key, entry]) => [key, encode(entry, level + 1)]);
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
