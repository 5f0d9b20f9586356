// Reads an expression without running it: is it FEEL, which variables does it read, which functions does it call.
import { parseExpression, parseUnaryTests } from 'feelin';

const PLAIN_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

// Returns { problems: [{ kind, from, to, … }], names: [..], paths: ['form.field', ..], entries: [..], reads: {..} }: the
// keys of the context that the expression is, if it is one; and every name in it, bound or not, in filters or not, each
// with the entries that are read of it, or null when it is read whole.
// A name that stands inside a filter may be an entry of the filtered element, so it is not reported.
export function study(expression, isUnary, functions, builtins) {
  const context = { ...functions, '?': null };
  const tree = (isUnary ? parseUnaryTests : parseExpression)(expression, context);
  const found = { problems: [], names: new Set(), paths: new Set() };
  if (!expression.trim()) {
    found.problems.push({ kind: 'EMPTY', from: 0, to: 0 });
    return { problems: found.problems, names: [], paths: [], entries: [], reads: {} };
  }
  const reads = new Map();
  tree.iterate({
    enter({ type, from, to, node }) {
      if (node.name === 'VariableName') noteRead(reads, node, expression);
      if (type.isError) found.problems.push({ kind: 'SYNTAX', from, to });
      const number = node.name === 'NumericLiteral' ? Number(text(node, expression)) : 0;
      if (Number.isInteger(number) && !Number.isSafeInteger(number)) found.problems.push({ kind: 'NOT_EXACT', from, to });
    },
  });
  visit(tree.topNode, { expression, known: { ...builtins, ...functions }, found }, new Set());
  return {
    problems: found.problems.slice(0, 5),
    names: [...found.names].sort(),
    paths: [...found.paths].sort(),
    entries: entries(tree.topNode.firstChild, expression),
    reads: Object.fromEntries([...reads].map(([name, read]) => [name, read && [...read]])),
  };
}

function noteRead(reads, node, expression) {
  const name = text(node, expression);
  const { parent } = node;
  const head = parent?.name === 'PathExpression' && parent.firstChild.from === node.from && parent.firstChild.to === node.to;
  const entry = head ? text(parent.lastChild, expression) : '';
  if (!PLAIN_NAME.test(entry)) reads.set(name, null);
  else if (reads.get(name) !== null) reads.set(name, (reads.get(name) ?? new Set()).add(entry));
}

function visit(node, survey, bound) {
  const { expression, known, found } = survey;
  switch (node.name) {
    case 'VariableName': {
      const name = text(node, expression);
      if (!bound.has(name) && !Object.hasOwn(known, name) && name !== '?') {
        found.names.add(name);
        found.paths.add(path(node, expression));
      }
      return;
    }
    case 'FunctionInvocation': {
      const [target, ...rest] = children(node);
      const name = text(target, expression);
      if (target.name !== 'VariableName') visit(target, survey, bound);
      else if (!bound.has(name) && !Object.hasOwn(known, name)) {
        found.problems.push({ kind: 'NO_FUNCTION_FOUND', from: target.from, to: target.to, target: name });
      }
      rest.forEach(child => visit(child, survey, bound));
      return;
    }
    case 'Comparison':
      if (children(node).some(child => child.name === 'SimplePositiveUnaryTest') && /==/.test(text(node, expression))) {
        found.problems.push({ kind: 'DOUBLE_EQUALS', from: node.from, to: node.to });
      }
      break;
    case 'QualifiedName':
    case 'ParameterName':
    case 'Key':
    case 'PathName':
      return;
    case 'FilterExpression': {
      const [target, ...rest] = children(node);
      visit(target, survey, bound);
      const inside = { ...survey, found: { problems: found.problems, names: new Set(), paths: new Set() } };
      rest.forEach(child => visit(child, inside, bound));
      return;
    }
    case 'ForExpression':
    case 'QuantifiedExpression':
    case 'FunctionDefinition':
    case 'Context': {
      const inner = new Set(bound);
      children(node).forEach(child => scoped(child, survey, inner));
      return;
    }
    default:
  }
  children(node).forEach(child => visit(child, survey, bound));
}

function entries(node, expression) {
  if (node?.name !== 'Context') return [];
  return children(node).filter(child => child.name === 'ContextEntry')
    .map(child => text(child.firstChild, expression).replace(/^"(.*)"$/s, '$1'));
}

// Names come into force one after another: `for a in x, b in a.y`, `{ a: 1, b: a }`.
function scoped(node, survey, inner) {
  const { expression } = survey;
  switch (node.name) {
    case 'InExpressions':
    case 'FormalParameters':
      children(node).forEach(child => scoped(child, survey, inner));
      return;
    case 'InExpression': {
      const [name, ...rest] = children(node);
      rest.forEach(child => visit(child, survey, inner));
      inner.add(text(name, expression));
      return;
    }
    case 'FormalParameter':
      inner.add(text(children(node)[0], expression));
      return;
    case 'ContextEntry': {
      const [key, ...rest] = children(node);
      rest.forEach(child => visit(child, survey, inner));
      inner.add(text(key, expression).replace(/^"(.*)"$/s, '$1'));
      return;
    }
    default:
      if (node.name === 'return') inner.add('partial');
      visit(node, survey, inner);
  }
}

// `a.b.c` from its head `a`: as far as plain names follow.
function path(node, expression) {
  let top = node;
  while (top.parent?.name === 'PathExpression' && top.parent.firstChild.from === top.from) top = top.parent;
  return text(top, expression).replace(/\s*\.\s*/g, '.');
}

function children(node) {
  const list = [];
  for (let child = node.firstChild; child; child = child.nextSibling) list.push(child);
  return list;
}

function text(node, expression) {
  return expression.slice(node.from, node.to).replace(/\s+/g, ' ');
}
