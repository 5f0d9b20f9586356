// The diagram editor: bpmn-js with the constructs that the engine runs, a properties panel in the programme's words,
// and the findings of the server's check on the elements.
import './studio/inline-styles.js';
import './studio/typing.js';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import './diagram/diagram.css';
import './studio/desk.css';
import './studio/process.css';
import Modeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule } from 'bpmn-js-properties-panel';
import { CreateAppendAnythingModule } from 'bpmn-js-create-append-anything';
import camundaBehaviors from 'camunda-bpmn-js-behaviors/lib/camunda-platform';
import camunda from 'camunda-bpmn-moddle/resources/camunda.json';
import { showMarks } from './diagram/marks.js';
import { Desk } from './studio/desk.js';
import asae from './studio/bpmn/asae.json';
import constructs from './studio/bpmn/constructs.js';
import keyboard from './studio/bpmn/keyboard.js';
import provider from './studio/bpmn/provider.js';
import { Vocabulary } from './studio/bpmn/vocabulary.js';
import french, { t, translateWithin, untranslated } from './studio/translate.js';
import { panelWords } from './studio/french-panel.js';

const PALETTE_WIDTH = 130;
const LEAST_SCALE = 0.4; // below, names are not legible: one pans instead

const root = document.querySelector('[data-desk]');
const desk = new Desk(root);
const vocabulary = await Vocabulary.load(root.dataset.vocabulary);
const modeler = new Modeler({
  container: root.querySelector('[data-stage]'),
  propertiesPanel: { parent: root.querySelector('[data-panel]') },
  vocabulary,
  additionalModules: [
    french, BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, camundaBehaviors, CreateAppendAnythingModule,
    constructs, keyboard, provider,
  ],
  moddleExtensions: { camunda, asae },
});
translateWithin(root.querySelector('[data-panel]'), panelWords);
translateWithin(root.querySelector('[data-stage]'), panelWords);
root.modeler = modeler;
root.untranslated = untranslated;

modeler.on('commandStack.changed', () => {
  desk.changed();
  const stack = modeler.get('commandStack');
  root.querySelector('[data-undo]').disabled = !stack.canUndo();
  root.querySelector('[data-redo]').disabled = !stack.canRedo();
});
root.querySelector('[data-undo]').addEventListener('click', () => modeler.get('commandStack').undo());
root.querySelector('[data-redo]').addEventListener('click', () => modeler.get('commandStack').redo());
root.querySelector('[data-fit]').addEventListener('click', fit);

// The whole diagram beside the palette, never blown up.
function fit() {
  const canvas = modeler.get('canvas');
  canvas.resized();
  const { inner, outer } = canvas.viewbox();
  const palette = root.querySelector('.djs-palette');
  const margin = 24;
  const left = palette && getComputedStyle(palette).display !== 'none' ? PALETTE_WIDTH : margin;
  const whole = Math.min((outer.width - left - margin) / inner.width, (outer.height - 2 * margin) / inner.height);
  const scale = Math.min(1, Math.max(LEAST_SCALE, whole));
  canvas.viewbox({
    x: inner.x - left / scale, y: inner.y - margin / scale, width: outer.width / scale, height: outer.height / scale,
  });
}

await desk.start({
  async open(content) {
    await modeler.importXML(content);
    fit();
    const svg = root.querySelector('[data-stage] svg');
    svg.setAttribute('role', 'group');
    svg.setAttribute('aria-label', t('Diagram being edited'));
  },
  async content() {
    return (await modeler.saveXML({ format: true })).xml;
  },
  showFindings(findings) {
    showMarks(modeler, findings.filter(({ element }) => element).map(({ element, severity, message }) => (
      { element, kind: 'finding', severity: severity === 'error' ? 'error' : 'warning', text: '!', title: message })));
  },
  select(id) {
    const element = modeler.get('elementRegistry').get(id);
    if (!element) return;
    modeler.get('selection').select(element);
    modeler.get('canvas').scrollToElement(element, 80);
  },
});
