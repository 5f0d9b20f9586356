// The answers of a form: read from the page as nested JSON, written back into it, and read as FEEL values.

// Every input of the form that holds an answer. Names that begin with "_" belong to the page itself.
export function inputs(root) {
  return [...root.querySelectorAll('input[name], select[name], textarea[name]')]
    .filter(({ name }) => !name.startsWith('_') && name !== 'csrf_token');
}

export function generic(name) {
  return name.split('.').filter(step => !/^\d+$/.test(step)).join('.');
}

// { members: [{ first_name: 'Léa' }], reasons: ['isolation'] } as it stands on the page: texts, and lists of texts.
export function collect(root, fields) {
  const tree = {};
  for (const input of inputs(root)) {
    const kind = fields[generic(input.name)]?.kind;
    if (!kind || input.type === 'file') continue;
    const [holder, key] = reach(tree, input.name);
    if (kind === 'choices') {
      holder[key] ??= [];
      if (input.checked || input.tagName === 'SELECT') holder[key].push(input.value);
    } else if (kind === 'files') {
      holder[key] ??= [];
      if (input.checked) holder[key].push({ id: input.value, name: input.parentElement.textContent.trim() });
    } else if (input.type === 'checkbox') {
      holder[key] = input.checked ? 'true' : 'false';
    } else if (input.type === 'radio') {
      holder[key] ??= '';
      if (input.checked) holder[key] = input.value;
    } else {
      holder[key] = input.value;
    }
  }
  for (const list of root.querySelectorAll('[data-list]')) {
    const [holder, key] = reach(tree, list.dataset.list);
    const rows = holder[key] ?? {};
    holder[key] = Object.keys(rows).sort((a, b) => a - b).map(number => rows[number]);
  }
  return tree;
}

function reach(tree, name) {
  const steps = name.split('.');
  const key = steps.pop();
  return [steps.reduce((holder, step) => (holder[step] ??= {}), tree), key];
}

// Puts answers into the page. `rows.resize(list, count)` makes as many rows as they need.
export function apply(root, fields, answers, resize) {
  for (const list of root.querySelectorAll('[data-list]')) {
    const rows = at(answers, list.dataset.list);
    if (Array.isArray(rows)) resize(list, rows.length);
  }
  const numbers = new Map();
  root.querySelectorAll('[data-list]').forEach(list => {
    [...list.querySelectorAll('[data-row]')].forEach((row, index) => numbers.set(row.dataset.row, `${list.dataset.list}.${index}`));
  });
  for (const input of inputs(root)) {
    if (input.type === 'file') continue;
    const row = input.closest('[data-row]')?.dataset.row;
    const name = row ? input.name.replace(row, numbers.get(row)) : input.name;
    const value = at(answers, name);
    if (value === undefined) continue;
    const kind = fields[generic(input.name)]?.kind;
    if (kind === 'choices') {
      const chosen = (Array.isArray(value) ? value : [value]).map(String);
      input.checked = chosen.includes(input.value);
    } else if (kind === 'files') {
      input.checked = (value ?? []).some(file => (file.id ?? file) === input.value);
    } else if (input.type === 'checkbox') {
      input.checked = ['true', 'on', '1'].includes(String(value));
    } else if (input.type === 'radio') {
      input.checked = value !== null && String(value) === input.value;
    } else {
      input.value = value ?? '';
    }
  }
}

export function at(answers, name) {
  return name.split('.').reduce((found, step) => found?.[step], answers);
}

// Same answers, whatever the order and whether empty ones are written.
export function same(one, other) {
  return JSON.stringify(bare(one)) === JSON.stringify(bare(other));
}

function bare(value) {
  if (Array.isArray(value)) return value.map(bare).filter(item => item !== undefined);
  if (value && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => [key, bare(item)]).filter(([, item]) => item !== undefined);
    return entries.length ? Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) : undefined;
  }
  return value === '' || value === null || value === 'false' ? undefined : String(value);
}

// A number written the French way; null for none, NaN for what cannot be read. The server reads by the same rules.
export function number(text) {
  let written = text.replace(/[\s\u00a0\u202f\u2009'’€]/g, '').replace('−', '-');
  if (!written) return null;
  if (/^[+-]?[1-9]\d{0,2}\.\d{3}$/.test(written)) return NaN;
  if (written.lastIndexOf(',') > written.lastIndexOf('.')) written = written.replaceAll('.', '');
  else if (written.includes('.')) written = written.replaceAll(',', '');
  written = written.replaceAll(',', '.');
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(written) ? Number(written) : NaN;
}
