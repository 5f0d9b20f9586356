// When one types over a selection in an editable element, Chromium keeps the look of what it replaces by writing inline
// styles, which the content security policy refuses (and reports). CodeMirror does the replacement itself instead.
import { EditorView } from '@codemirror/view';

document.addEventListener('beforeinput', event => {
  if (event.inputType !== 'insertText' || event.data === null || event.isComposing) return;
  const view = event.target.closest?.('.cm-content') && EditorView.findFromDOM(event.target);
  const range = view && view.state.selection.main;
  if (!range || range.empty || view.state.readOnly) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const insert = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true });
  const handled = view.state.facet(EditorView.inputHandler).some(handle => handle(view, range.from, range.to, event.data, insert));
  if (!handled) view.dispatch(insert());
}, true);
