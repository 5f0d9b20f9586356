// The form editor: form-js with the programme's settings of each question in its panel, in French.
import './studio/inline-styles.js';
import './studio/typing.js';
import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import '@bpmn-io/form-js-editor/dist/assets/form-js-editor.css';
import '@bpmn-io/form-js-editor/dist/assets/properties-panel.css';
import './studio/desk.css';
import './studio/form-editor.css';
import { FormEditor } from '@bpmn-io/form-js-editor';
import { Vocabulary } from './studio/bpmn/vocabulary.js';
import { Desk } from './studio/desk.js';
import { frenchForm } from './studio/forms/french.js';
import programmeSettings from './studio/forms/properties.js';
import { translateWithin, untranslated } from './studio/translate.js';

const root = document.querySelector('[data-desk]');
const stage = root.querySelector('[data-stage]');
const desk = new Desk(root);
const vocabulary = await Vocabulary.load(root.dataset.vocabulary);
translateWithin(stage, frenchForm);

const editor = new FormEditor({
  container: stage,
  vocabulary,
  additionalModules: [programmeSettings],
});
root.editor = editor;
root.untranslated = untranslated;
editor.on('commandStack.changed', () => desk.changed());
root.querySelector('[data-preview]').addEventListener('click', () => desk.flush());

await desk.start({
  async open(content) {
    await editor.importSchema(JSON.parse(content));
  },
  content: () => `${JSON.stringify(editor.saveSchema(), null, 2)}\n`,
  showFindings(findings) {
    for (const marked of stage.querySelectorAll('.asae-finding')) marked.classList.remove('asae-finding');
    for (const { element } of findings) found(element)?.classList.add('asae-finding');
  },
  select(element) {
    const shown = found(element);
    if (!shown) return;
    shown.click();
    shown.scrollIntoView({ block: 'center' });
  },
});

// The drawn question of a key or an id.
function found(name) {
  const fields = editor.get('formFieldRegistry').getAll();
  const field = fields.find(({ id, key }) => id === name || key === name || (key && name?.endsWith(`.${key}`)));
  return field && stage.querySelector(`[data-id="${CSS.escape(field.id)}"]`);
}
