// The programme's file, edited as the text that it is, with the same drafts and findings as the other files.
import './studio/desk.css';
import { Desk } from './studio/desk.js';
import { t } from './studio/translate.js';

const root = document.querySelector('[data-desk]');
const desk = new Desk(root);
const area = document.createElement('textarea');
area.className = 'form-control desk-source';
area.setAttribute('aria-label', t('Text of the file'));
area.spellcheck = false;
area.addEventListener('input', () => desk.changed());
root.querySelector('[data-stage]').append(area);
root.querySelector('[data-stage]').classList.add('desk-stage-source');

await desk.start({
  open(content) { area.value = content; },
  content: () => area.value,
  showFindings() {},
  select() { area.focus(); },
});
