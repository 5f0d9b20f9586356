// Saves what is typed: on the server as soon as one pauses, on this device while that cannot be.
import { createBuffer } from './buffer.js';
import { same } from './answers.js';

const PAUSE = 1_500;
const LONGEST_WAIT = 10_000;
const RETRY = [5_000, 15_000, 30_000, 60_000];

export function createDraft(root, { collect, apply, words, say }) {
  const { draftUrl: url, draftKey: key, draftUser: user } = root.dataset;
  const form = root.closest('form');
  const place = root.querySelector('[data-draft-state]');
  const choice = root.querySelector('[data-draft-choice]');
  const buffer = createBuffer(user, key);
  let known = root.dataset.draftSaved || null;
  let saved = collect();
  let dirty = false;
  let buffered = false;
  let saving = false;
  let stopped = false;
  let leaving = false;
  let failures = 0;
  let timer = 0;
  let since = 0;

  function changed() {
    if (stopped && stopped !== 'conflict') return;
    if (same(collect(), saved)) return;
    dirty = true;
    buffered = false;
    since ||= Date.now();
    if (stopped) { keep(); return; }
    if (navigator.onLine === false) keep(words.offline);
    plan(Math.min(PAUSE, Math.max(0, since + LONGEST_WAIT - Date.now())));
  }

  function plan(delay) {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }

  async function save({ keepalive = false, again = true } = {}) {
    clearTimeout(timer);
    if (!dirty || stopped || leaving) return;
    if (saving) { plan(PAUSE); return; }
    const answers = collect();
    since = 0;
    if (navigator.onLine === false) { keep(words.offline); plan(RETRY[1]); return; }
    saving = true;
    show(words.saving, 'calm', { quiet: true });
    let response;
    try {
      response = await fetch(url, {
        method: 'PUT',
        keepalive,
        headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': token() },
        body: JSON.stringify({ answers, known }),
      });
    } catch {
      saving = false;
      later(navigator.onLine === false ? words.offline : words.kept);
      return;
    }
    const told = await response.json().catch(() => ({}));
    saving = false;
    if (response.ok) arrived(answers, told);
    else if (response.status === 401) signedOut(told.sign_in);
    else if (response.status === 400 && again) { if (await renewToken()) save({ again: false }); else signedOut(); }
    else if (response.status === 409) conflict({ answers, at: Date.now() }, told);
    else if (response.status >= 500 || response.status === 429 || response.status === 408) later(words.kept);
    else refused(told.message);
  }

  function arrived(answers, { saved_at: savedAt }) {
    known = savedAt;
    saved = answers;
    failures = 0;
    dirty = !same(collect(), saved);
    buffered = false;
    buffer.clear();
    show(words.saved.replace('{time}', moment(savedAt, words)), 'calm');
    if (dirty) plan(PAUSE);
  }

  function later(sentence) {
    keep(sentence);
    plan(RETRY[Math.min(failures, RETRY.length - 1)]);
    failures += 1;
  }

  function keep(sentence) {
    buffered = buffer.write(collect(), known);
    if (sentence) show(buffered ? sentence : words.unsaved, 'warn');
  }

  function signedOut(address) {
    keep();
    show(words.signed_out, 'bad');
    const link = document.createElement('a');
    link.href = address || '/';
    link.target = '_blank';
    link.rel = 'noopener';
    link.textContent = words.sign_in;
    place.append(' ', link);
    plan(RETRY[3]);
  }

  function refused(message) {
    stopped = 'refused';
    keep();
    show(message || words.refused, 'bad');
  }

  // A session that was renewed elsewhere has another token: read it from the page as it would be served now, unless it
  // is someone else who signed in: nothing of one person is saved as another's.
  async function renewToken() {
    try {
      const response = await fetch(url.replace(/\/[^/]*$/, ''), { headers: { Accept: 'text/html' } });
      if (!response.ok || response.redirected) return false;
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const renewed = page.querySelector('meta[name="csrf-token"]')?.content;
      if (!renewed || page.querySelector('[data-draft-user]')?.dataset.draftUser !== user) return false;
      document.querySelector('meta[name="csrf-token"]').content = renewed;
      document.querySelectorAll('input[name="csrf_token"]').forEach(input => { input.value = renewed; });
      return true;
    } catch {
      return false;
    }
  }

  function conflict(here, there) {
    stopped = 'conflict';
    keep();
    show(words.conflict, 'warn', { quiet: true });
    const whose = there.by ? words.conflict_there.replace('{by}', there.by) : words.conflict_there_you;
    const title = element('p', words.conflict, 'fw-semibold mb-1');
    title.id = 'deux-versions';
    const list = document.createElement('ul');
    list.className = 'mb-0';
    list.append(
      element('li', words.conflict_here.replace('{time}', moment(here.at, words))),
      element('li', whose.replace('{time}', moment(there.saved_at, words))),
    );
    const buttons = element('div', '', 'draft__versions');
    const mine = element('button', words.keep_here, 'btn btn-sm btn-primary');
    const theirs = element('button', words.keep_there, 'btn btn-sm btn-outline-secondary');
    mine.type = theirs.type = 'button';
    mine.addEventListener('click', () => resolve(here.answers, there.saved_at, true));
    theirs.addEventListener('click', () => resolve(there.answers, there.saved_at, false));
    buttons.append(mine, theirs);
    choice.replaceChildren(title, list, buttons);
    choice.hidden = false;
    choice.focus();
  }

  function resolve(answers, savedAt, mine) {
    stopped = false;
    choice.hidden = true;
    choice.replaceChildren();
    known = savedAt;
    if (answers) apply(answers);
    saved = mine ? {} : collect();
    dirty = mine;
    if (mine) { save(); } else { buffer.clear(); show(words.saved.replace('{time}', moment(savedAt, words)), 'calm'); }
  }

  function restore() {
    const kept = buffer.read();
    if (!kept || root.querySelector('[data-troubles]')) return;
    if (same(kept.answers, saved)) { buffer.clear(); return; }
    if (kept.known === known) {
      apply(kept.answers);
      dirty = true;
      say(words.restored);
      show(words.restored, 'warn');
      plan(PAUSE);
    } else {
      dirty = true;
      conflict(kept, { saved_at: known, answers: saved });
    }
  }

  function show(sentence, tone, { quiet = false } = {}) {
    place.setAttribute('aria-live', quiet ? 'off' : 'polite');
    place.dataset.tone = tone;
    place.textContent = sentence;
  }

  addEventListener('online', () => { failures = 0; save(); });
  addEventListener('offline', () => { if (dirty) keep(words.offline); else show(words.offline_idle, 'warn'); });
  addEventListener('focus', () => { if (buffered) save(); });
  addEventListener('beforeunload', event => {
    if (dirty && !buffered && !leaving) event.preventDefault();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') save({ keepalive: JSON.stringify(collect()).length < 60_000 });
  });
  addEventListener('pageshow', () => { leaving = false; });

  restore();
  if (root.querySelector('[data-troubles]')) { saved = {}; changed(); }
  else if (known && !dirty) show(words.saved.replace('{time}', moment(known, words)), 'calm', { quiet: true });

  return {
    changed,
    // Before the form goes: false keeps it here, for want of a connection.
    mayLeave() {
      if (navigator.onLine === false) { keep(words.offline); return false; }
      if (dirty) buffer.write(collect(), known);
      buffer.submitted();
      leaving = true;
      clearTimeout(timer);
      return true;
    },
  };
}

function token() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? '';
}

function element(name, text, className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

// « à 10:42 », « le 10 décembre à 10:42 ».
function moment(instant, words) {
  const when = new Date(instant);
  const language = document.documentElement.lang || 'fr';
  const hour = when.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' });
  if (when.toDateString() === new Date().toDateString()) return words.at.replace('{hour}', hour);
  const day = when.toLocaleDateString(language, { day: 'numeric', month: 'long' });
  return words.on.replace('{day}', day).replace('{hour}', hour);
}
