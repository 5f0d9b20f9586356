// Makes the decisions of a model (DMN): what they need first, then their logic. Everything in one visit to the isolate.
//
// A model is { elements: { id: { k: 'decision' | 'knowledge' | 'service', n: name, t: type, q: [[id, prefix]], l: logic,
// p: [[parameter, type]], i: [ids of input decisions], o: [ids of output decisions] } }, types: { name: { b: base,
// m: is a collection, c: { component: type }, a: allowed values } } }.
// A logic is { k: kind, e: text, n: names, p: parts }, or a table; wire.py writes it.
import { getType } from 'feelin';

const FOLDS = { SUM: 'sum(list)', MIN: 'min(list)', MAX: 'max(list)' };
const MANY = ['COLLECT', 'RULE ORDER', 'OUTPUT ORDER'];
const BASES = {
  string: ['string'], number: ['number'], integer: ['number'], long: ['number'], double: ['number'], boolean: ['boolean'], date: ['date'], time: ['time'],
  dateTime: ['date time'], 'date and time': ['date time'], dayTimeDuration: ['duration'],
  yearMonthDuration: ['duration'], 'days and time duration': ['duration'], 'years and months duration': ['duration'],
  duration: ['duration'], list: ['list'], context: ['context'],
};

// `tools` are the isolate's own: { run, Trouble, describe, extend, bare }.
export function make(model, id, context, tools) {
  const { run, Trouble, describe, extend, bare } = tools;
  const made = new Map();
  const open = [];

  function at(place, action) {
    try {
      return action();
    } catch (error) {
      const known = describe(error);
      // Where it happened is within the innermost element: a rule that called it is not the one at fault.
      throw known.d ? new Trouble(known.kind, known) : new Trouble(known.kind, { ...place, ...known });
    }
  }

  function value(wanted, base, results) {
    if (results.has(wanted)) return results.get(wanted);
    if (open.includes(wanted)) throw new Trouble('CYCLE', { d: wanted });
    const element = model.elements[wanted];
    open.push(wanted);
    try {
      const result = element.k === 'service'
        ? typed(outcomes(element, base, provided(element, base)), element.t)
        : at({ d: wanted }, () => {
          const scope = extend(base, required(element, base, results));
          return typed(perform(element.l, scope), element.t);
        });
      results.set(wanted, result);
      return result;
    } finally {
      open.pop();
    }
  }

  function required(element, base, results) {
    const found = new Map(); // and no object: an import may be named `__proto__`
    for (const [wanted, prefix] of element.q) {
      const other = model.elements[wanted];
      const result = other.k === 'decision' ? value(wanted, base, results) : callable(wanted);
      if (prefix) found.set(prefix, { ...found.get(prefix), [other.n]: result });
      else found.set(wanted, result).set(other.n, result);
    }
    return Object.fromEntries(found);
  }

  // The input decisions of a service that is asked for itself: what is given of them is not decided.
  function provided({ i: inputs }, { values }) {
    const pairs = inputs.map(input => [input, model.elements[input].n]).filter(([, name]) => Object.hasOwn(values, name));
    return new Map(pairs.map(([input, name]) => [input, values[name]]));
  }

  function outcomes({ o: outputs }, base, results) {
    const pairs = outputs.map(output => [model.elements[output].n, value(output, base, results)]);
    return pairs.length === 1 ? pairs[0][1] : Object.fromEntries(pairs);
  }

  // A business knowledge model or a decision service as a function: it sees its parameters, and what it requires.
  function callable(wanted) {
    const element = model.elements[wanted];
    return closure({ d: wanted }, element.p, given => {
      if (element.k === 'knowledge') {
        const own = { ...required(element, bare(), new Map()), [wanted]: callable(wanted), [element.n]: callable(wanted) };
        return typed(perform(element.l, extend(extend(bare(), own), given)), element.t);
      }
      const results = new Map(element.i.map(input => [input, given[model.elements[input].n] ?? null]));
      const before = open.splice(0);
      try {
        return typed(outcomes(element, extend(bare(), given), results), element.t);
      } finally {
        open.push(...before);
      }
    });
  }

  function closure(place, parameters, body) {
    const names = parameters.map(([name]) => name);
    const called = (...values) => at(place, () => body(Object.fromEntries(parameters.map(([name, type], index) => [
      name, at({ parameter: name }, () => typed(values[index] ?? null, type)),
    ]))));
    return Object.assign(called, { $args: names });
  }

  function perform(logic, scope) {
    const { k: kind, e: text, n: names = [], p: parts = [] } = logic;
    const [first, second, third] = parts;
    switch (kind) {
      case 'literal': return at({ cell: text }, () => run(text, false, scope));
      case 'table': return table(logic, scope);
      case 'list': return parts.map(part => perform(part, scope));
      case 'relation': return parts.map(row => Object.fromEntries(row.p.map((cell, column) => (
        [names[column], at({ entry: names[column] }, () => perform(cell, scope))]))));
      case 'context': {
        const found = {};
        for (const [index, part] of parts.entries()) {
          const entry = at({ entry: names[index] }, () => typed(perform(part, extend(scope, found)), part.t));
          if (names[index] === '') return entry;
          found[names[index]] = entry;
        }
        return found;
      }
      case 'function': return closure({}, logic.f, given => perform(first, extend(scope, given)));
      case 'invocation': {
        const given = Object.fromEntries(names.map((name, index) => (
          [name, at({ entry: name }, () => perform(parts[index + 1], scope))])));
        const called = perform(first, scope);
        if (called === null || (typeof called !== 'function' && getType(called) !== 'function')) {
          throw new Trouble('NO_FUNCTION_FOUND', { target: first.e });
        }
        const expected = called.$args ?? called.parameterNames;
        if (names.some(name => !expected.includes(name))) throw new Trouble('FUNCTION_INVOCATION_FAILURE');
        const values = expected.map(name => given[name] ?? null);
        return typeof called === 'function' ? called(...values) : called.invoke(values);
      }
      case 'conditional': return perform(perform(first, scope) === true ? second : third, scope);
      case 'for': {
        const partial = [];
        for (const item of items(first, scope)) {
          partial.push(perform(second, extend(scope, { [names[0]]: item, partial })));
        }
        return partial;
      }
      case 'some': return items(first, scope).some(item => holds(second, scope, names[0], item));
      case 'every': return items(first, scope).every(item => holds(second, scope, names[0], item));
      case 'filter': return items(first, scope).filter(item => (
        perform(second, extend(scope, { ...(getType(item) === 'context' ? item : {}), item })) === true));
      default: throw new Trouble('OTHER');
    }
  }

  function holds(condition, scope, name, item) {
    return perform(condition, extend(scope, { [name]: item })) === true;
  }

  function items(part, scope) {
    const found = perform(part, scope);
    if (found === null) return [];
    return Array.isArray(found) ? found : [found];
  }

  // Which rules hold (a rule's cells from the left, until one fails), then what the hit policy makes of them.
  function table(written, scope) {
    const { i: inputs, r: rules, h: policy, g: aggregation, o: outputs } = written;
    const values = inputs.map(({ e, t, a }, column) => at({ column, cell: e }, () => (
      allowed(typed(run(e, false, scope), t), a, scope))));
    const hits = [];
    for (const [rule, { i: cells, o: results }] of rules.entries()) {
      const isHit = cells.every((cell, column) => (
        cell === '-' || cell === '' || at({ rule, column, cell }, () => run(cell, true, scope, values[column]) === true)));
      if (!isHit) continue;
      hits.push({ rule, row: results.map((cell, output) => at({ rule, output, cell }, () => (
        allowed(typed(run(cell, false, scope), outputs[output].t), outputs[output].a, scope)))) });
      if (policy === 'FIRST') break;
    }
    if (!hits.length) return otherwise(written, scope);
    const overlap = () => new Trouble('OVERLAP', { policy, rules: hits.map(({ rule }) => rule + 1) });
    if (policy === 'UNIQUE' && hits.length > 1) throw overlap();
    if (policy === 'ANY' && new Set(hits.map(({ row }) => tools.text(row))).size > 1) throw overlap();
    if (policy === 'PRIORITY' || policy === 'OUTPUT ORDER') order(hits, outputs, scope);
    const found = hits.map(({ row }) => shaped(outputs, row));
    if (aggregation === 'COUNT') return found.length;
    if (aggregation) return run(FOLDS[aggregation], false, extend(bare(), { list: found }));
    return MANY.includes(policy) ? found : found[0];
  }

  function otherwise({ h: policy, g: aggregation, o: outputs }, scope) {
    if (aggregation === 'COUNT') return 0;
    if (outputs.every(({ d }) => d === null)) return null;
    const row = shaped(outputs, outputs.map(({ d, t, a }, output) => (
      d === null ? null : at({ output, cell: d }, () => allowed(typed(run(d, false, scope), t), a, scope)))));
    return MANY.includes(policy) && !aggregation ? [row] : row;
  }

  // From the most to the least important result: by the first output, then by the next.
  function order(hits, outputs, scope) {
    const ranks = outputs.map(({ v }) => v.map(text => tools.text(run(text, false, scope))));
    const rank = (row, output) => {
      const found = ranks[output].indexOf(tools.text(row[output]));
      return found < 0 ? ranks[output].length : found;
    };
    hits.sort((a, b) => {
      for (const output of outputs.keys()) {
        const difference = rank(a.row, output) - rank(b.row, output);
        if (difference) return difference;
      }
      return a.rule - b.rule;
    });
  }

  function shaped(outputs, row) {
    if (outputs.length === 1) return row[0];
    return Object.fromEntries(outputs.map(({ n }, index) => [n, row[index]]));
  }

  function allowed(found, test, scope) {
    if (!test || found === null || found === undefined) return found;
    const each = Array.isArray(found) ? found : [found];
    if (!each.every(item => run(test, true, scope, item) === true)) throw new Trouble('NOT_ALLOWED', { allowed: test });
    return found;
  }

  // What is absent is of every type; a type that nobody defined lets everything pass, as `Any` does. A list of one item and
  // the item stand for each other where the type asks for it (DMN 1.5, 10.3.2.9.4).
  function typed(found, type) {
    if (!type || found === null || found === undefined) return found;
    if (Object.hasOwn(model.types, type)) {
      const own = model.types[type];
      if (own.m) return (Array.isArray(found) ? found : [found]).map(item => itemOf(own, item));
      return itemOf(own, found);
    }
    const bases = Object.hasOwn(BASES, type) ? BASES[type] : null;
    if (!bases || bases.includes(getType(found))) return found;
    const only = alone(found);
    if (!bases.includes(getType(only))) throw new Trouble('WRONG_TYPE', { left: getType(found), right: bases[0] });
    return only;
  }

  function itemOf(own, found) {
    if (found === null || found === undefined) return found;
    const base = typed(found, own.b);
    const parts = Object.entries(own.c);
    const item = parts.length ? alone(base) : base;
    allowed(item, own.a, bare());
    if (!parts.length) return item;
    if (getType(item) !== 'context') throw new Trouble('WRONG_TYPE', { left: getType(item), right: 'context' });
    const made = parts.map(([name, part]) => [name, at({ entry: name }, () => typed(item[name] ?? null, part))]);
    return { ...item, ...Object.fromEntries(made.filter(([name]) => Object.hasOwn(item, name))) };
  }

  function alone(found) {
    return Array.isArray(found) && found.length === 1 ? found[0] : found;
  }

  return value(id, context, made);
}
