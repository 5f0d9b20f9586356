// On every page: Bootstrap's menus and htmx. Nothing here is needed for a page to work.
import 'bootstrap/js/dist/alert';
import 'bootstrap/js/dist/collapse';
import 'bootstrap/js/dist/dropdown';
import 'htmx.org';
import './form/forget.js';

// A form sent twice by a double click is sent once. The server is safe without this: it answers the second with the first's page.
document.addEventListener('submit', event => {
  const form = event.target;
  if (form.dataset.sent && !form.hasAttribute('hx-post')) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented) return;
  form.dataset.sent = 'true';
  setTimeout(() => delete form.dataset.sent, 4000);
});
window.addEventListener('pageshow', () => {
  document.querySelectorAll('form[data-sent]').forEach(form => delete form.dataset.sent);
});

// Lists that change a filter send themselves; without scripts their button does.
document.addEventListener('change', event => {
  const form = event.target.closest('form[data-send-on-change]');
  if (form) form.requestSubmit();
});

// After a list was replaced in place, the focus stays with the task one was at: its button changed, its place did not.
let at = null;
document.addEventListener('submit', event => { at = event.target.getAttribute('action')?.replace(/[a-z]+$/, ''); });
document.addEventListener('htmx:after:swap', () => {
  const same = at && document.querySelector(`#liste form[action^="${at}"] button`);
  (document.querySelector('[data-focus]') || same)?.focus();
});
