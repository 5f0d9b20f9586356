// feelin compiles an expression anew at each evaluation (measured: 195 µs against 16 for running the compiled form).
// This esbuild plugin also exports the two classes that compile, so that isolate.js keeps what it compiled. It leans on
// the pinned version: the build stops, or every test of the room breaks, if the names move.
//
// It also lets a built-in function say that its arguments are of the wrong type (`string length(3)`), where feelin
// quietly answers null; a null argument still gives null.
//
// And it computes in decimals of 15 significant digits, as people do with money: 0.1 + 0.2 = 0.3 is true, 1.005 rounds half
// up to 1.01. Each product is brought back to the decimal that it stands for, a sum to the 15 digits of its greatest part (what
// a difference leaves has fewer), a quotient only when it ends early, so that 100 / 3 * 3 is 100.
// What feelin gets wrong is put right: `1e20` was 1, 200 days were equal to 201, a duration could not be multiplied, least and
// greatest knew numbers only, a context lost its entry `__proto__`, instants were subtracted without their zones, one without a
// zone was compared as if in UTC, a date and 36 hours made an instant, `[5..1]` held what `[1..5]` holds, a place counted from the end replaced another item, and a
// cell that names a variable with yes or no held whenever that was yes.
// The browser's bundle goes through here too.
import fs from 'node:fs';

export const feelinInternals = {
  name: 'feelin-internals',
  setup(build) {
    build.onLoad({ filter: /node_modules\/feelin\/dist\/index\.js$/ }, ({ path: file }) => ({
      contents: `${replaced(fs.readFileSync(file, 'utf8'))}\nexport { interpreter, InterpreterContext, builtins, getType };\n`,
      loader: 'js',
    }));
  },
};

const DECIMALS = `
const exact = n => (Number.isInteger(n) || !Number.isFinite(n) ? n : Number(n.toPrecision(15)));
const plus = (a, b) => {
    const n = a + b;
    if (Number.isInteger(n) || !Number.isFinite(n)) return n;
    const whole = Math.floor(Math.log10(Math.max(Math.abs(a), Math.abs(b), Math.abs(n))));
    return Number(n.toFixed(Math.min(100, Math.max(0, 14 - whole))));
};
const quotient = (a, b) => {
    const n = Number((a / b).toPrecision(15));
    return Number(n.toPrecision(12)) === n ? n : a / b;
};
`;

// A duration times a number, divided by one or by another of its kind; undefined for what has no sense.
const DURATIONS = `
const inUnits = d => (d.yearsMonths ? d.value.total({ unit: 'month', relativeTo: REFERENCE_DATE })
    : exact(d.value.total({ unit: 'second', relativeTo: REFERENCE_DATE })));
const ofUnits = (units, yearsMonths) => new FeelDuration(Temporal.Duration.from(yearsMonths
    ? { months: Math.trunc(units) } : { seconds: Math.trunc(units), milliseconds: Math.trunc(exact(units % 1 * 1000)) }), yearsMonths);
const negated = d => new FeelDuration(d.value.negated(), d.yearsMonths);
const scaled = (operation, a, b) => {
    if (operation === 'multiply' && isDuration(b)) [a, b] = [b, a];
    if (!isDuration(a) || !['multiply', 'divide'].includes(operation)) return undefined;
    if (typeof b === 'number') {
        if (operation === 'multiply') return ofUnits(exact(inUnits(a) * b), a.yearsMonths);
        return b ? ofUnits(quotient(inUnits(a), b), a.yearsMonths) : null;
    }
    if (operation === 'multiply' || !isDuration(b) || a.yearsMonths !== b.yearsMonths) return undefined;
    return inUnits(b) ? quotient(inUnits(a), inUnits(b)) : null;
};
// A cell that is a name or a path.
const isNamed = text => /^[\\p{L}_][\\p{L}\\p{N}_ .]*$/u.test(text) && !/ (and|or|in|between|instance) /.test(text);
const replacedAt = (list, place, item) => {
    const at = Math.trunc(place);
    if (!at || Math.abs(at) > list.length) return invalidArguments('no such position');
    return Object.assign([...list], { [at < 0 ? list.length + at : at - 1]: item });
};
const extreme = (list, isBetter) => (list.some(isNil) ? null
    : list.reduce((best, el) => (isBetter(best, el) ? el : best)));
const lessThan = (a, b) => createRange(null, b, false, false).includes(a);
`;

// What stands in feelin and what stands instead, each exactly once.
const REPLACED = [
  [/if \(!convertedArgs\) \{\s*return null;\s*\}/, `if (!convertedArgs) {
            return args.some(isNil) ? null : invalidArguments('wrong types');
        }`],
  ['return a + b;\n                }, \'add\'', 'return typeof a === \'number\' ? plus(a, b) : a + b;\n                }, \'add\''],
  ['return a - b;\n                }, \'subtract\'', 'return plus(a, -b);\n                }, \'subtract\''],
  ['(a, b) => a * b, \'multiply\'', '(a, b) => exact(a * b), \'multiply\''],
  ['!b ? null : a / b, \'divide\'', '!b ? null : quotient(a, b), \'divide\''],
  ['Math.pow(a, b), \'exponentiate\'', 'exact(Math.pow(a, b)), \'exponentiate\''],
  ['sum === null ? el : sum + el, null)', 'sum === null ? el : plus(sum, el), null)'],
  ['return s === null ? s : s / list.length;', 'return s === null ? s : quotient(s, list.length);'],
  ['array.slice().sort();\n    const mid', 'array.slice().sort((a, b) => a - b);\n    const mid'],
  ['return result * n;', 'return exact(result * n);'],
  ['func(n * Math.pow(10, scale)) / Math.pow(10, scale)', 'func(exact(n * Math.pow(10, scale))) / Math.pow(10, scale)'],
  ['Math.floor(n * adjust) / adjust', 'Math.floor(exact(n * adjust)) / adjust'],
  ['Math.ceil(n * adjust) / adjust', 'Math.ceil(exact(n * adjust)) / adjust'],
  ["node.input.includes('.') ? parseFloat(node.input) : parseInt(node.input)", 'Number(node.input)'],
  [/if \(Math\.abs\(total\(a, 'day'\)\) > 180\) \{[^}]*\}/, 'if (a.yearsMonths !== b.yearsMonths) return a.value.sign === 0 && b.value.sign === 0;'],
  ["return Math.trunc(total(a, 'second') - total(b, 'second')) === 0;", "return total(a, 'second') === total(b, 'second');"],
  ["from.value.until(to.value, { largestUnit: 'month' }), true", `Temporal.Duration.from({
        months: from.value.until(to.value, { largestUnit: 'month' }).months }), true`],
  ['if (TEMPORAL_TYPES.has(leftType)) {\n                    if (!TEMPORAL_TYPES.has(rightType)) {', `
                const duration = scaled(opName, left, right);
                if (duration !== undefined) return duration;
                if (TEMPORAL_TYPES.has(leftType)) {
                    if (!TEMPORAL_TYPES.has(rightType) || !types.includes(leftType)) {`],
  ['return op(context)(() => 0, value);', `const operand = value(context);
                    return isDuration(operand) ? negated(operand) : op(context)(() => 0, () => operand);`],
  ["return list.reduce((min, el) => min === null ? el : Math.min(min, el), null);\n    }, 'number'", `return list.length ? extreme(list, (best, el) => lessThan(el, best)) : null;
    }, 'any'`],
  ["return list.reduce((max, el) => max === null ? el : Math.max(max, el), null);\n    }, 'number'", `return list.length ? extreme(list, (best, el) => lessThan(best, el)) : null;
    }, 'any'`],
  ['if (!args.every(arg => tester(arg) !== FALSE)) {\n            return null;', `if (!args.every(arg => tester(arg) !== FALSE)) {
            return args.some(isNil) ? null : invalidArguments('wrong types');`],
  ['if (isTime(a) && isTime(b)) {\n        return new FeelDuration(a.value.since(b.value));', `if (isZoned(a) || isZoned(b)) {
        return new FeelDuration(Temporal.Duration.from({ milliseconds: toComparable(a) - toComparable(b) }), false);
    }
    if (isTime(a) && isTime(b)) {
        return new FeelDuration(a.value.since(b.value));`],
  ["(_a = value.zone) !== null && _a !== void 0 ? _a : 'UTC'", "value.zone ?? (value instanceof FeelTime ? 'UTC' : 'Europe/Paris')"],
  ["new FeelDateTime(temporal.value.toPlainDateTime().add(d), 'UTC')", 'new FeelDate(temporal.value.toPlainDateTime().add(d).toPlainDate())'],
  ['return [...list.slice(0, matcher - 1), newItem, ...list.slice(matcher)];', 'return replacedAt(list, matcher, newItem);'],
  ["if (args[0].type === 'boolean' && has$1(context, '?')) {\n                return args[0](context) === context['?'];\n            }\n            return args[0](context);", `const found = args[0](context);
            return typeof found === 'boolean' && has$1(context, '?') && (args[0].type === 'boolean' || isNamed(node.input))
                ? found === context['?'] : found;`],
  ['[start, end] = [end, start];\n        [startIncluded, endIncluded] = [endIncluded, startIncluded];', 'return false;'],
  ['return Math.round((dividend % divisor + divisor) % divisor * adjust) / adjust;',
    'return plus(dividend, -exact(divisor * Math.floor(quotient(dividend, divisor))));'],
  ['result[key] = value;', "Object.defineProperty(result, key, { value, enumerable: true, configurable: true, writable: true });"],
];

function replaced(source) {
  const changed = REPLACED.reduce((text, [old, instead]) => {
    if (text.split(old).length !== 2) throw new Error(`feelin has changed, see asae_engine/feel/internals.mjs: ${old}`);
    return text.replace(old, () => instead);
  }, source);
  // `round half up` and `round half down` look at the remainder themselves.
  const halves = changed.split('(n * Math.pow(10, scale)) % 1');
  if (halves.length !== 3) throw new Error('feelin has changed, see asae_engine/feel/internals.mjs: halves');
  return DECIMALS + DURATIONS + halves.join('exact(n * Math.pow(10, scale)) % 1');
}
