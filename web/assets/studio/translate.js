// The editors speak English by themselves; a French page gives them these words. Keys are the libraries' own strings,
// and ours are written in English too, so that an English page needs no table.
import { panelWords } from './french-panel.js';
import { french } from './french.js';

export const language = document.documentElement.lang === 'en' ? 'en' : 'fr';

// Strings asked for that have no French: a browser test holds this empty over a session.
export const untranslated = new Set();

export function t(template, values = {}) {
  let words = template;
  if (language === 'fr') {
    words = french[template] ?? panelWords[template];
    if (words === undefined) {
      if (/[A-Za-z]{2}/.test(template)) untranslated.add(template);
      words = template;
    }
  }
  return words.replace(/{([^}]+)}/g, (whole, name) => values?.[name] ?? whole);
}

export default { translate: ['value', t] };

// What people wrote themselves is never taken for one of a library's words: a question may well be called « Action ».
const WRITTEN = '.cm-editor, .djs-container svg, textarea, td, .input-label, .output-label, .decision-table-name, '
  + '.bio-properties-panel-header-label, .fjs-form-field';
const LIBRARY_WITHIN = '.fjs-empty-component, .fjs-select-placeholder, .fjs-repeat-render-footer';
const isTheirs = element => element.closest(WRITTEN) && !element.closest(LIBRARY_WITHIN);

// For the strings that a library does not pass through a translator: rewrites exact matches in the page as they appear.
// A text node that the library later changes is seen again, so nothing it manages is lost.
export function translateWithin(root, table, attributes = ['title', 'placeholder', 'aria-label']) {
  if (language !== 'fr') return;
  const words = text => table[text.trim().replace(/\s+/g, ' ')];
  const visitText = node => {
    if (!node.parentElement || isTheirs(node.parentElement)) return;
    const found = node.data.trim() && words(node.data);
    if (found && found !== node.data) node.data = found;
  };
  const visitElement = element => {
    for (const name of attributes) {
      const found = element.hasAttribute(name) && words(element.getAttribute(name));
      if (found && found !== element.getAttribute(name)) element.setAttribute(name, found);
    }
  };
  const visit = node => {
    if (node.nodeType === Node.TEXT_NODE) return visitText(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return undefined;
    visitElement(node);
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (walker.nextNode()) {
      const { currentNode } = walker;
      if (currentNode.nodeType === Node.TEXT_NODE) visitText(currentNode);
      else visitElement(currentNode);
    }
    return undefined;
  };
  visit(root);
  new MutationObserver(changes => changes.forEach(change => {
    if (change.type === 'childList') change.addedNodes.forEach(visit);
    else if (change.type === 'characterData') visitText(change.target);
    else visitElement(change.target);
  })).observe(root, {
    childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: attributes,
  });
}
