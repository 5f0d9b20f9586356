// The decision table editor: dmn-js, one button a decision of the file, findings listed below.
import './studio/inline-styles.js';
import './studio/typing.js';
import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-drd.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression-controls.css';
import './studio/desk.css';
import './studio/decision.css';
import Modeler from 'dmn-js/lib/Modeler';
import { Desk } from './studio/desk.js';
import { frenchDecision } from './studio/dmn/french.js';
import { asVersion13, unreadable } from './studio/dmn/versions.js';
import { language, t, translateWithin, untranslated } from './studio/translate.js';

const root = document.querySelector('[data-desk]');
const stage = root.querySelector('[data-stage]');
const views = root.querySelector('[data-views]');
const desk = new Desk(root);

const translate = ['value', (template, values) => {
  const words = language === 'fr' ? frenchDecision[template] : undefined;
  if (language === 'fr' && words === undefined && /[A-Za-z]{3}/.test(template)) untranslated.add(template);
  return (words ?? template).replace(/{ ?(\w+) ?}/g, (whole, name) => values?.[name] ?? whole);
}];
const view = { additionalModules: [{ translate }] };
const modeler = new Modeler({
  container: stage,
  keyboard: { bindTo: document },
  common: { expressionLanguages: { options: [{ value: 'feel', label: 'FEEL' }], defaults: { editor: 'feel' } } },
  drd: view,
  decisionTable: view,
  literalExpression: view,
  boxedExpression: view,
});
translateWithin(stage, frenchDecision);
root.modeler = modeler;
root.untranslated = untranslated;

function showViews() {
  const active = modeler.getActiveView();
  views.replaceChildren(...modeler.getViews().filter(({ type }) => type !== 'unknown').map(found => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = `btn btn-sm ${found.id === active?.id ? 'btn-primary' : 'btn-outline-primary'}`;
    button.setAttribute('aria-pressed', String(found.id === active?.id));
    button.textContent = found.type === 'drd' ? t('Links between decisions') : found.element.name || found.element.id;
    button.addEventListener('click', () => modeler.open(found));
    return button;
  }));
  accessible();
}

// Header cells that the library leaves empty get a name.
function accessible() {
  stage.querySelectorAll('th.index-column:empty').forEach(cell => { cell.textContent = '#'; });
}

const listened = new WeakSet();
modeler.on('views.changed', ({ activeView }) => {
  showViews();
  const viewer = activeView && modeler.getActiveViewer();
  if (!viewer || listened.has(viewer)) return;
  listened.add(viewer);
  viewer.on('elements.changed', () => desk.changed());
  viewer.on('commandStack.changed', () => { desk.changed(); setTimeout(accessible); });
});

const frames = new CSSStyleSheet();
document.adoptedStyleSheets.push(frames);

// Where a cell, a column or a rule stands.
function places(id) {
  return ['element', 'col', 'row'].map(kind => `[data-stage] [data-${kind}-id="${CSS.escape(id)}"]`).join(', ');
}

await desk.start({
  async open(content) {
    const { warnings } = await modeler.importXML(asVersion13(content), { open: false });
    if (unreadable(warnings).length) throw new Error(unreadable(warnings)[0].message);
    const all = modeler.getViews();
    const decisions = all.filter(({ type }) => type !== 'drd' && type !== 'unknown');
    const main = decisions.find(({ element }) => desk.file.endsWith(`/${element.id}.dmn`)) ?? decisions[0];
    await modeler.open(main ?? all[0]);
    if (modeler.getActiveView()?.type === 'drd') modeler.getActiveViewer().get('canvas').zoom('fit-viewport');
  },
  async content() {
    return (await modeler.saveXML({ format: true })).xml;
  },
  // The table draws its cells anew as it likes: the frames are a style sheet, and no mark on an element.
  showFindings(findings) {
    frames.replaceSync(findings.filter(({ part }) => part).map(({ part, severity }) => (
      `${places(part)} { outline: 2px solid var(--bs-${severity === 'error' ? 'danger' : 'warning'}); outline-offset: -2px; }`
    )).join('\n'));
  },
  async select(id, part) {
    const found = modeler.getViews().find(({ element }) => element.id === id);
    if (found) await modeler.open(found);
    if (part) stage.querySelector(places(part))?.scrollIntoView({ block: 'center', inline: 'center' });
  },
});
