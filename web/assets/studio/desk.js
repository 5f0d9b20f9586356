// The desk around an editor: reads the file, saves the draft as one works, shows what the check found, and never loses
// what was done: kept in the browser until the server has it, given back after an expired session or a crash.
//
// The page holds one element [data-desk] with: data-source (GET and PUT the draft), data-findings (GET), data-owner (whose
// copy the browser keeps), and inside it [data-status], [data-banner], [data-findings-list].
import { read, write, SignedOut } from './server.js';
import { t } from './translate.js';

const QUIET = 900; // milliseconds without a change before saving

export class Desk {
  constructor(root) {
    this.root = root;
    this.file = root.dataset.desk;
    this.kept = `asae.studio.${root.dataset.owner}.${this.file}`;
    this.status = root.querySelector('[data-status]');
    this.banner = root.querySelector('[data-banner]');
    this.list = root.querySelector('[data-findings-list]');
    this.saving = Promise.resolve();
    this.blocked = false;
    addEventListener('focus', () => this.signedOut && this.flush());
    addEventListener('online', () => this.unsaved && this.flush());
    addEventListener('beforeunload', event => this.unsaved && event.preventDefault());
  }

  // `editor`: { open(content), content(): string | Promise<string>, showFindings(findings), select(element, part) }
  async start(editor) {
    this.editor = editor;
    const { ok, data } = await read(this.root.dataset.source);
    if (!ok) return this.say('failed', t('The file could not be read. Reload the page.'));
    this.version = data.version;
    this.saved = data.content;
    const local = this.remembered();
    await this.show(local && local.version === data.version ? local.content : data.content);
    if (local && local.version === data.version && local.content !== data.content) {
      this.announce(t('Your work of {at}, kept in this browser, is back.', { at: clock(local.at) }));
      this.changed();
    } else if (local && local.content !== data.content) {
      this.conflict({ ...data, mine: local.content });
    } else {
      localStorage.removeItem(this.kept);
    }
    this.say('ready', data.at ? t('Draft by {by}, saved at {at}', { by: data.by, at: clock(data.at) }) : t('Published version'));
    await this.check();
    this.root.dataset.ready = '';
    return undefined;
  }

  async show(content) {
    try {
      await this.editor.open(content);
    } catch (error) {
      console.error(error);
      this.announce(t('This file cannot be drawn. What is wrong is listed under “What to correct”; the text below can be corrected by hand.'));
      this.plainText(content);
    }
  }

  // A file too broken for its editor is still a draft one can repair.
  plainText(content) {
    const area = document.createElement('textarea');
    area.className = 'form-control desk-source';
    area.setAttribute('aria-label', t('Text of the file'));
    area.spellcheck = false;
    area.value = content;
    area.addEventListener('input', () => this.changed());
    const stage = this.root.querySelector('[data-stage]');
    stage.replaceChildren(area);
    stage.classList.add('desk-stage-source');
    this.editor = { content: () => area.value, showFindings: () => {}, select: () => {} };
  }

  changed() {
    this.unsaved = true;
    if (this.blocked) return this.remember();
    this.say('changed', t('Not saved yet…'));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), QUIET);
    return undefined;
  }

  flush() {
    clearTimeout(this.timer);
    this.saving = this.saving.then(() => this.save()).catch(error => {
      console.error(error);
      this.say('failed', t('Not saved: the server does not answer. Your work is kept in this browser.'));
      this.remember();
    });
    return this.saving;
  }

  async save() {
    const content = await this.editor.content();
    if (content === this.saved) {
      this.unsaved = false;
      if (this.root.dataset.state !== 'ready') this.say('saved', t('Saved'));
      return;
    }
    this.remember(content);
    this.say('saving', t('Saving…'));
    let answer;
    try {
      answer = await write(this.root.dataset.source, { content, version: this.version });
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error;
      this.expired();
      return;
    }
    if (answer.status === 409 && answer.data.content === this.saved) {
      this.version = answer.data.version; // published meanwhile: what we started from is still what is there
      answer = await write(this.root.dataset.source, { content, version: this.version });
    }
    if (answer.status === 409) {
      this.conflict({ ...answer.data, mine: content });
      return;
    }
    if (!answer.ok) {
      this.say('failed', answer.data.error ?? t('Not saved. Your work is kept in this browser.'));
      return;
    }
    if (this.signedOut) this.announce('');
    this.signedOut = false;
    this.version = answer.data.version;
    this.saved = content;
    this.unsaved = (await this.editor.content()) !== content;
    if (!this.unsaved) localStorage.removeItem(this.kept);
    this.say('saved', t('Draft saved at {at}', { at: clock(answer.data.at) }));
    await this.check();
  }

  async check() {
    const { ok, data } = await read(this.root.dataset.findings);
    if (ok) this.showFindings(data.findings);
  }

  showFindings(findings) {
    this.findings = findings;
    this.editor.showFindings(findings);
    this.list.replaceChildren(...findings.map(finding => {
      const item = document.createElement('li');
      item.className = `desk-finding desk-finding-${finding.severity}`;
      const what = document.createElement(finding.element ? 'button' : 'span');
      if (finding.element) {
        what.type = 'button';
        what.className = 'btn btn-link';
        what.addEventListener('click', () => this.editor.select(finding.element, finding.part));
      }
      what.textContent = finding.name && !finding.message.includes(finding.name) ? `${finding.name} : ${finding.message}` : finding.message;
      const advice = document.createElement('p');
      advice.textContent = finding.advice;
      item.append(what, advice);
      return item;
    }));
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    const count = this.root.querySelector('[data-findings-count]');
    count.textContent = errors ? t('{count} to correct', { count: errors })
      : findings.length ? t('{count} to check', { count: findings.length }) : t('nothing to correct');
    count.dataset.severity = errors ? 'error' : findings.length ? 'warning' : 'none';
  }

  expired() {
    this.signedOut = true;
    this.say('failed', t('Not saved: you are signed out. Your work is kept in this browser.'));
    const link = document.createElement('a');
    link.href = this.root.dataset.signIn;
    link.target = '_blank';
    link.rel = 'opener';
    link.textContent = t('Sign in again in another tab');
    this.announce(t('Your session has ended. Sign in again, then come back to this tab: your work will be saved by itself.'), link);
  }

  conflict({ by, at, version, content, mine }) {
    this.blocked = true;
    this.remember(mine);
    this.say('failed', t('Not saved: someone else changed this file'));
    this.announce(
      t('{by} changed this file at {at}, while you were working on it. Which one do you keep?', { by: by ?? '?', at: clock(at) }),
      button(t('Take theirs'), async () => {
        localStorage.removeItem(this.kept);
        this.unsaved = false;
        this.blocked = false;
        this.version = version;
        this.saved = content;
        await this.show(content);
        this.announce('');
        this.say('ready', t('Draft by {by}, saved at {at}', { by, at: clock(at) }));
        await this.check();
      }),
      button(t('Keep mine'), async () => {
        this.blocked = false;
        this.version = version;
        this.saved = content;
        this.announce('');
        if (mine !== (await this.editor.content())) await this.show(mine);
        this.changed();
        await this.flush();
      }),
    );
  }

  async remember(content) {
    const kept = { content: content ?? (await this.editor.content()), version: this.version, at: new Date().toISOString() };
    try {
      localStorage.setItem(this.kept, JSON.stringify(kept));
    } catch {
      this.announce(t('This browser cannot keep a copy of your work. Do not close this tab.'));
    }
  }

  remembered() {
    try {
      return JSON.parse(localStorage.getItem(this.kept));
    } catch {
      return null;
    }
  }

  say(state, words) {
    this.root.dataset.state = state;
    this.status.textContent = words;
    return undefined;
  }

  announce(words, ...actions) {
    this.banner.hidden = !words;
    this.banner.replaceChildren(...(words ? [paragraph(words), ...actions] : []));
  }
}

function paragraph(words) {
  const node = document.createElement('p');
  node.textContent = words;
  return node;
}

function button(words, act) {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = 'btn btn-outline-dark btn-sm me-2';
  node.textContent = words;
  node.addEventListener('click', act);
  return node;
}

const clock = at => new Date(at).toLocaleString(document.documentElement.lang || 'fr', {
  day: '2-digit', month: '2-digit', hour: '2-digit', minute: '2-digit',
});
