// A programme's form, alive: conditions, totals, rules, rows, steps and the draft. Without it the form still works.
import { apply, collect, generic, inputs, number } from './form/answers.js';
import { createDraft } from './form/draft.js';
import { createRows, resize } from './form/rows.js';
import { createSteps } from './form/steps.js';
import './form/forget.js';

const NUMBERS = ['integer', 'number', 'money'];
const TYPING = 150;

document.querySelectorAll('[data-programme]').forEach(start);

async function start(root) {
  const definition = JSON.parse(root.querySelector('[data-definition]').textContent);
  const { fields, words } = definition;
  const form = root.closest('form');
  const said = root.querySelector('[data-said]');
  const say = sentence => { said.textContent = sentence; };
  const touched = new Set();
  let live = null;
  let draft = { changed() {}, mayLeave: () => true };
  let timer = 0;
  let pressing = false;
  let waiting = false;

  const steps = createSteps(root, { words });
  createRows(root, { changed, say, words });

  function changed() {
    settle();
    draft.changed();
  }

  // Leaving a field may show a sentence and move what is below: not between the press and the release of a button, or
  // the click would miss what it was meant for.
  function settle() {
    if (pressing) { waiting = true; return; }
    waiting = false;
    const answers = collect(root, fields);
    let scope = {};
    if (live) {
      const settled = live.settle(answers, keysOf);
      scope = settled.root;
      showBlocks(settled.hidden);
      showComputed(scope);
      showNeeds(scope, answers);
      showOptions(scope, answers);
    }
    showRules(scope, answers);
    showClears();
    steps.update(progress);
  }

  // Keys of the root that hidden blocks hold, for the next round.
  function keysOf(hidden) {
    const names = [...hidden].filter(([, where]) => where === true)
      .flatMap(([block]) => blocks(block).flatMap(place => [place, ...place.querySelectorAll('[data-q]')]))
      .map(place => place.dataset.q).filter(Boolean);
    return new Set(names.filter(name => !name.includes('.')));
  }

  function blocks(block) {
    return [...root.querySelectorAll(`[data-block="${CSS.escape(block)}"]`)];
  }

  function showBlocks(hidden) {
    for (const { block } of definition.hide) {
      const where = hidden.get(block);
      blocks(block).forEach(place => {
        const row = place.closest('[data-row]');
        place.hidden = typeof where === 'string' ? where.split(',').includes(String(rowIndex(row))) : where === true;
      });
    }
  }

  function showComputed(scope) {
    for (const { key, unit } of definition.computed.flat()) {
      const place = root.querySelector(`[data-computed="${CSS.escape(key)}"]`);
      if (!place) continue;
      const text = live.spoken(scope[key], unit, words) || '–';
      if (place.textContent !== text) place.textContent = text;
    }
  }

  function showNeeds(scope, answers) {
    for (const [name, field] of Object.entries(fields)) {
      if (!field.requiredIf) continue;
      questionsOf(name).forEach(place => {
        const needed = live.evaluate(field.requiredIf, scopeFor(place, scope, answers)) === true;
        place.toggleAttribute('data-needed', needed);
        const word = place.querySelector('[data-need]');
        if (word) word.hidden = !needed;
      });
    }
  }

  // Options that other answers give; the chosen one stays when it is still offered.
  function showOptions(scope, answers) {
    for (const [name, { optionsFrom }] of Object.entries(fields)) {
      if (!optionsFrom) continue;
      questionsOf(name).forEach(place => {
        const select = place.querySelector('select');
        const found = live.evaluate(optionsFrom, scopeFor(place, scope, answers));
        const offered = (Array.isArray(found) ? found : []).map(item => [String(item?.value ?? item), String(item?.label ?? item?.value ?? item)]);
        const present = [...select.options].slice(1).map(option => [option.value, option.text]);
        if (JSON.stringify(offered) === JSON.stringify(present)) return;
        const chosen = select.value;
        [...select.options].slice(1).forEach(option => option.remove());
        offered.forEach(([value, label]) => select.add(new Option(label, value, false, value === chosen)));
      });
    }
  }

  function showRules(scope, answers) {
    for (const [name, field] of Object.entries(fields)) {
      if (!touched.has(name) || (!field.rules && !NUMBERS.includes(field.kind))) continue;
      questionsOf(name).forEach(place => {
        const rules = live ? field.rules ?? [] : [];
        const broken = rules.filter(rule => live.evaluate(rule.expression, scopeFor(place, scope, answers)) === false);
        blame(place, unreadable(place, field) ?? broken.map(rule => rule.message).join(' '));
      });
    }
  }

  function unreadable(place, { kind }) {
    if (!NUMBERS.includes(kind)) return null;
    const input = place.querySelector('input[name]');
    return input && Number.isNaN(number(input.value)) ? words.not_a_number : null;
  }

  function blame(place, sentence) {
    const text = place.querySelector(':scope > [data-wrong]');
    if (!text || (text.textContent && !text.dataset.live)) return;
    text.dataset.live = 'true';
    if (text.textContent !== sentence) text.textContent = sentence;
    place.classList.toggle('is-wrong', Boolean(sentence));
    place.querySelectorAll('.form-control').forEach(input => {
      input.classList.toggle('is-invalid', Boolean(sentence));
      if (sentence) input.setAttribute('aria-invalid', 'true'); else input.removeAttribute('aria-invalid');
    });
  }

  // What the server refused is settled by a new answer; the next rule will say if it is not.
  function forgive(place) {
    const text = place.querySelector(':scope > [data-wrong]');
    if (!text || text.dataset.live) return;
    text.dataset.live = 'true';
    blame(place, '');
  }

  function scopeFor(place, scope, answers) {
    const row = place.closest('[data-row]');
    if (!row) return scope;
    return live.rowScope(scope, answers, row.closest('[data-list]').dataset.list, rowIndex(row));
  }

  function questionsOf(name) {
    return [...root.querySelectorAll('[data-q]')].filter(place => generic(place.dataset.q) === name);
  }

  function showClears() {
    root.querySelectorAll('[data-clear]').forEach(button => {
      button.hidden = !button.parentElement.querySelector('input:checked');
    });
  }

  function progress(part) {
    let missing = 0;
    let answered = 0;
    for (const place of part.querySelectorAll('[data-q]')) {
      const field = fields[generic(place.dataset.q)];
      if (!field || ['computed', 'group'].includes(field.kind) || field.readonly || !isShown(place)) continue;
      const has = isAnswered(place);
      answered += has ? 1 : 0;
      if (!has && (field.required || place.hasAttribute('data-needed'))) missing += 1;
    }
    const wrong = part.querySelectorAll('.is-wrong').length;
    return { missing, wrong, answered };
  }

  function isShown(place) {
    for (let node = place; node && node !== root; node = node.parentElement) if (node.hidden) return false;
    return true;
  }

  function isAnswered(place) {
    return inputs(place).some(input => (['radio', 'checkbox'].includes(input.type) ? input.checked : input.value.trim() !== ''));
  }

  root.addEventListener('input', event => {
    const place = event.target.closest('[data-q]');
    if (place) forgive(place);
    clearTimeout(timer);
    timer = setTimeout(changed, event.target.matches('input[type="text"], textarea') ? TYPING : 0);
  });
  root.addEventListener('change', () => { clearTimeout(timer); changed(); });
  addEventListener('pointerdown', () => { pressing = true; }, true);
  ['pointerup', 'pointercancel', 'dragend'].forEach(name => addEventListener(name, () => {
    pressing = false;
    setTimeout(() => { if (waiting) settle(); });
  }, true));
  root.addEventListener('focusout', event => {
    const place = event.target.closest('[data-q]');
    if (!place || place.contains(event.relatedTarget)) return;
    touched.add(generic(place.dataset.q));
    settle();
  });
  root.addEventListener('click', event => {
    const clear = event.target.closest('[data-clear]');
    if (clear) {
      const radios = [...clear.parentElement.querySelectorAll('input')];
      radios.forEach(input => { input.checked = false; });
      radios[0].focus();
      changed();
      return;
    }
    const link = event.target.closest('[data-troubles] a[href^="#"]');
    const target = link && document.getElementById(link.hash.slice(1));
    if (target) {
      event.preventDefault();
      steps.reveal(target);
      target.focus({ preventScroll: true });
      (target.closest('[data-q]') ?? target).scrollIntoView({ block: 'center' });
    }
  });
  // Enter goes on to the next question instead of sending what is not finished.
  root.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || event.isComposing || !event.target.matches('input:not([type="file"]), select')) return;
    event.preventDefault();
    const all = [...root.querySelectorAll('input, select, textarea')].filter(input => input.offsetParent && input.name !== event.target.name);
    all.find(input => event.target.compareDocumentPosition(input) & Node.DOCUMENT_POSITION_FOLLOWING)?.focus();
  });
  form.addEventListener('submit', event => {
    if (event.defaultPrevented) return;
    if (form.dataset.sending || !draft.mayLeave()) { event.preventDefault(); return; }
    form.dataset.sending = 'true';
    setTimeout(() => delete form.dataset.sending, 8_000);
  });
  addEventListener('pageshow', () => delete form.dataset.sending);

  if (root.dataset.draftUrl) {
    draft = createDraft(root, {
      collect: () => collect(root, fields),
      apply: answers => { apply(root, fields, answers, resize); settle(); },
      words,
      say,
    });
  }
  if (hasExpressions(definition)) {
    try {
      const module = await import('./form/live.js');
      live = { ...module.createLive(definition), spoken: module.spoken };
    } catch (error) {
      // A lost connection or a new version on the server: the form stays usable, the server judges alone.
      console.warn(error);
    }
  }
  settle();
  root.querySelector('[data-troubles]')?.focus();
  root.dataset.ready = 'true';
}

function rowIndex(row) {
  return row ? [...row.parentElement.querySelectorAll(':scope > [data-row]')].indexOf(row) : -1;
}

function hasExpressions({ computed, hide, rules, fields }) {
  return computed.flat().length || hide.length || rules.length
    || Object.values(fields).some(field => field.requiredIf || field.rules || field.optionsFrom);
}
