// Applies the inline styles of the editors' HTML strings through the CSSOM, which the content security policy allows.
// The build (assets.mjs) has renamed their `style` attributes to `data-inline-style`. Import it before an editor.
function apply(element) {
  element.style.cssText = element.dataset.inlineStyle;
  element.removeAttribute('data-inline-style');
}

function applyWithin(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  if (node.dataset?.inlineStyle) apply(node);
  node.querySelectorAll('[data-inline-style]').forEach(apply);
}

new MutationObserver(changes => changes.forEach(({ addedNodes }) => addedNodes.forEach(applyWithin)))
  .observe(document, { childList: true, subtree: true });
