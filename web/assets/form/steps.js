// The steps of a long form: how far each is, and one at a time where the window is narrow.

export function createSteps(root, { words }) {
  const nav = root.querySelector('[data-steps]');
  const parts = [...root.querySelectorAll('[data-part]')];
  if (!nav) return { update() {}, reveal: part => part, refresh() {} };

  const narrow = matchMedia('(max-width: 767.98px)');
  const move = root.querySelector('[data-step-move]');
  const actions = root.parentElement.querySelector('[data-form-actions]');
  const count = nav.querySelector('[data-step-count]');
  const bar = nav.querySelector('[data-step-bar]');
  const all = nav.querySelector('[data-steps-all]');
  let current = parts.find(part => part.querySelector('.is-wrong')) ?? parts[0];

  const shown = () => parts.filter(part => !part.hidden);
  const stepped = () => root.classList.contains('is-stepped');

  function arrange() {
    root.classList.toggle('is-stepped', narrow.matches);
    count.hidden = bar.hidden = move.hidden = !narrow.matches;
    all.open = !narrow.matches;
    show(current);
  }

  function show(part, { focus = false } = {}) {
    current = part.hidden ? shown()[0] ?? part : part;
    parts.forEach(other => other.classList.toggle('is-current', other === current));
    nav.querySelectorAll('[data-step]').forEach(link => {
      if (link.dataset.step === current.id) link.setAttribute('aria-current', 'step');
      else link.removeAttribute('aria-current');
    });
    const visible = shown();
    const index = visible.indexOf(current);
    const label = current.querySelector('.part__title')?.textContent;
    const step = words.step.replace('{number}', index + 1).replace('{count}', visible.length);
    count.textContent = label ? `${step} · ${label}` : step;
    bar.max = visible.length;
    bar.value = index + 1;
    move.querySelector('[data-step-back]').hidden = index === 0;
    move.querySelector('[data-step-on]').hidden = index === visible.length - 1;
    root.classList.toggle('is-first', index === 0);
    actions?.classList.toggle('is-last', index === visible.length - 1);
    if (focus) {
      current.focus({ preventScroll: true });
      if (stepped()) root.scrollIntoView({ block: 'start' });
    }
  }

  function go(offset) {
    const visible = shown();
    const next = visible[visible.indexOf(current) + offset];
    if (next) show(next, { focus: true });
  }

  nav.addEventListener('click', event => {
    const link = event.target.closest('[data-step]');
    if (!link) return;
    event.preventDefault();
    const part = document.getElementById(link.dataset.step);
    if (narrow.matches) all.open = false;
    show(part, { focus: true });
    if (!stepped()) part.scrollIntoView({ block: 'start' });
  });
  move.querySelector('[data-step-back]').addEventListener('click', () => go(-1));
  move.querySelector('[data-step-on]').addEventListener('click', () => go(1));
  root.addEventListener('focusin', event => {
    const part = event.target.closest('[data-part]');
    if (part && part !== current && !stepped()) show(part);
  });
  // The part that fills the upper half of the window is the one being read.
  const seen = new IntersectionObserver(entries => {
    const entered = entries.find(entry => entry.isIntersecting);
    if (entered && !stepped() && !root.contains(document.activeElement)) show(entered.target);
  }, { rootMargin: '-30% 0px -60% 0px' });
  parts.forEach(part => seen.observe(part));
  narrow.addEventListener('change', arrange);
  arrange();

  return {
    // `state(part)` gives { missing, wrong, answered }.
    update(state) {
      parts.forEach(part => {
        const link = nav.querySelector(`[data-step="${CSS.escape(part.id)}"]`);
        const item = nav.querySelector(`[data-step-item="${CSS.escape(part.id)}"]`);
        item.hidden = part.hidden;
        const { missing, wrong, answered } = state(part);
        const place = link.querySelector('[data-step-state]');
        place.textContent = said(wrong, missing, answered);
        place.classList.toggle('steps__state--error', wrong > 0);
        link.toggleAttribute('data-wrong', wrong > 0);
        link.toggleAttribute('data-done', !wrong && !missing && answered > 0);
      });
      if (current.hidden) show(shown()[0] ?? current);
      else show(current);
    },
    // Opens the step that holds an element.
    reveal(element) {
      const part = element.closest('[data-part]');
      if (part && part !== current) show(part);
      return part;
    },
  };

  function said(wrong, missing, answered) {
    if (wrong) return wrong === 1 ? words.error_one : words.error_many.replace('{count}', wrong);
    if (!answered) return '';
    if (missing) return missing === 1 ? words.missing_one : words.missing_many.replace('{count}', missing);
    return words.complete;
  }
}
